import { PROVIDER_SLUGS } from '@lumenfall/contracts';
import { readProviderEndpoints } from './endpoints.js';

const read = (env: Record<string, string>) => {
  const result = readProviderEndpoints(env);
  if (!result.ok) throw new Error(result.error);
  return Object.fromEntries(result.value.map((endpoint) => [endpoint.provider, endpoint]));
};

describe('readProviderEndpoints', () => {
  it('returns no endpoint without a variable', () =>
    expect(read({ OPENAI_API_KEY: '', SANDBOX_URL: ' ' })).toEqual({}));

  it('uses the sandbox for every provider without a key', () => {
    const endpoints = read({ SANDBOX_URL: 'http://127.0.0.1:4010/', OPENROUTER_API_KEY: 'sk-or-1' });
    expect(endpoints['openrouter']).toEqual({
      provider: 'openrouter',
      baseUrl: 'https://openrouter.ai/api/v1',
      apiKey: 'sk-or-1',
      credential: 'openrouter#9d4f8386',
      sandbox: false,
    });
    expect(endpoints['gemini']).toEqual({
      provider: 'gemini',
      baseUrl: 'http://127.0.0.1:4010/gemini',
      apiKey: 'sandbox',
      credential: 'gemini#sandbox',
      sandbox: true,
    });
    expect(Object.keys(endpoints)).toHaveLength(PROVIDER_SLUGS.length);
  });

  it('returns an endpoint for each of several keys, named after the key', () => {
    const both = readProviderEndpoints({ OPENAI_API_KEY: 'sk-1, sk-2,sk-1' });
    const turned = readProviderEndpoints({ OPENAI_API_KEY: 'sk-2,sk-1' });
    if (!both.ok || !turned.ok) throw new Error('refused');
    expect(both.value.map(({ apiKey }) => apiKey)).toEqual(['sk-1', 'sk-2']);
    const names = both.value.map(({ credential }) => credential);
    expect(turned.value.map(({ credential }) => credential)).toEqual(names.toReversed());
    expect(names.join()).not.toMatch(/sk-/);
  });

  it('enables openai-compatible by its URL, with an optional key', () => {
    expect(read({ OPENAI_COMPATIBLE_BASE_URL: 'http://localhost:11434/v1/' })).toEqual({
      'openai-compatible': {
        provider: 'openai-compatible',
        baseUrl: 'http://localhost:11434/v1',
        apiKey: '',
        credential: 'openai-compatible',
        sandbox: false,
      },
    });
    expect(read({ OPENAI_COMPATIBLE_API_KEY: 'x' })).toEqual({});
  });

  it('uses another base URL for a provider', () => {
    expect(read({ FAL_KEY: 'id:secret', FAL_BASE_URL: 'https://queue.falrun.com' })['fal']?.baseUrl).toBe(
      'https://queue.falrun.com',
    );
  });

  it.each([
    [{ SANDBOX_URL: 'localhost:4010' }, 'SANDBOX_URL is not a usable URL'],
    [{ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'api.openai.com' }, 'OPENAI_BASE_URL is not a usable URL'],
    [{ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://x/v1?key=1' }, 'OPENAI_BASE_URL is not a usable URL'],
    [{ OPENAI_API_KEY: 'lmnfl_abc.0123456789abcdefghij' }, 'OPENAI_API_KEY is a Lumenfall key, which clients use.'],
    [{ FAL_KEY: 'id:k, lmnfl_abc.0123456789abcdefghij' }, 'FAL_KEY is a Lumenfall key'],
    [
      { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://localhost:3000/openai/v1', PORT: 3000 },
      'OPENAI_BASE_URL is the address of this gateway itself ("http://localhost:3000/openai/v1")',
    ],
    [
      { OPENAI_COMPATIBLE_BASE_URL: 'https://ai.example.com/openai/v1', PUBLIC_URL: 'https://ai.example.com' },
      'OPENAI_COMPATIBLE_BASE_URL is the address of this gateway itself',
    ],
    [{ SANDBOX_URL: 'http://127.0.0.1:3000', PORT: '3000' }, 'SANDBOX_URL is the address of this gateway itself'],
    [{ OPENAI_API_KEY: 'a b' }, 'OPENAI_API_KEY contains characters'],
  ])('refuses %j with one line', (env, line) => {
    const result = readProviderEndpoints(env);
    expect(!result.ok && result.error).toContain(line);
    expect(!result.ok && result.error).not.toContain('\n');
  });

  it('ignores a base URL of this gateway for a provider without a key, and does not repeat a key', () => {
    expect(read({ OPENAI_BASE_URL: 'http://localhost:3000/openai/v1', PORT: '3000' })).toEqual({});
    const result = readProviderEndpoints({ OPENAI_API_KEY: 'lmnfl_abc.0123456789abcdefghij' });
    expect(!result.ok && result.error).not.toContain('0123456789');
  });

  it('does not repeat a password', () => {
    const result = readProviderEndpoints({ SANDBOX_URL: 'http://me:hunter2@host' });
    expect(!result.ok && result.error).not.toContain('hunter2');
  });
});
