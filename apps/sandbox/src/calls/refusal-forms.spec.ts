import { PROVIDER_SLUGS } from '@lumenfall/contracts';
import { refusalForms } from './refusal-forms.js';

describe('refusals of the sandbox', () => {
  it('have the status of the directive, at every provider', () => {
    for (const slug of PROVIDER_SLUGS) {
      for (const status of [400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504]) {
        expect(refusalForms[slug].failure(status, null).status).toBe(status);
      }
      expect([401, 403]).toContain(refusalForms[slug].unauthorized().status);
    }
  });

  it('have Retry-After on 429 and 503, one second unless the directive says otherwise', () => {
    expect(refusalForms.openai.failure(429, null).headers).toEqual({ 'retry-after': '1' });
    expect(refusalForms.openai.failure(500, null).headers).toEqual({});
    expect(refusalForms.openrouter.failure(503, 7).headers).toEqual({ 'retry-after': '7' });
  });

  it.each([
    ['openai', 429, { error: { type: 'requests', code: 'rate_limit_exceeded', param: null } }],
    ['openai-compatible', 500, { error: { type: 'server_error', code: null } }],
    ['openrouter', 502, { error: { code: 502, metadata: { provider_name: 'Sandbox' } } }],
    ['anthropic', 429, { type: 'error', error: { type: 'rate_limit_error' } }],
    ['anthropic', 529, { type: 'error', error: { type: 'overloaded_error' } }],
    ['gemini', 429, { error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '1s' }] } }],
    ['gemini', 503, { error: { code: 503, status: 'UNAVAILABLE' } }],
    ['fal', 504, { error_type: 'request_timeout' }],
    ['replicate', 429, { title: 'Request was throttled', retry_after: 1 }],
    ['bfl', 429, { detail: expect.any(String) as string }],
    ['xai', 429, { code: 'Some resource has been exhausted' }],
    ['runware', 402, { errors: [{ code: 'insufficientCredits' }] }],
    ['fal', 422, { detail: [{ loc: ['body', 'prompt'] }] }],
  ] as const)('of %s with status %i have the form of the provider', (slug, status, body) => {
    expect(JSON.parse(refusalForms[slug].failure(status, null).text)).toMatchObject(body);
  });
});
