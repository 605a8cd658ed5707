import { httpStatusOf, type FailureKind } from '@lumenfall/contracts';
import { anOffering } from '@lumenfall/testing';
import { routeError } from './route-error.js';

const failure = (kind: FailureKind, status: number | null) => ({
  kind,
  status,
  message: 'it said so',
  retryAfterMs: 1500,
});

describe('routeError', () => {
  it.each([
    ['client', 422, 'UPSTREAM_ERROR', 422],
    ['client', null, 'UPSTREAM_ERROR', 400],
    ['moderation', 403, 'CONTENT_POLICY_VIOLATION', 400],
    ['cancelled', null, 'CANCELLED', 499],
    ['rate', 429, 'ALL_PROVIDERS_EXHAUSTED', 502],
    ['auth', 401, 'ALL_PROVIDERS_EXHAUSTED', 502],
    ['transient', 503, 'ALL_PROVIDERS_EXHAUSTED', 502],
    ['timeout', null, 'ALL_PROVIDERS_EXHAUSTED', 502],
    ['empty', 200, 'ALL_PROVIDERS_EXHAUSTED', 502],
  ] as const)('returns for a failure of kind %s (%p) the error %s, status %d', (kind, status, code, http) => {
    const error = routeError({ forced: false }, anOffering(), failure(kind, status));
    expect([error.code, httpStatusOf(error)]).toEqual([code, http]);
  });

  it.each([
    ['rate', 429, 429],
    ['transient', 500, 502],
    ['auth', 401, 502], // our key, not the client's
    ['client', 404, 404],
  ] as const)('returns the own error of a forced provider after %s (%d), status %d', (kind, status, http) => {
    const error = routeError({ forced: true }, anOffering(), failure(kind, status));
    expect([error.code, httpStatusOf(error)]).toEqual(['UPSTREAM_ERROR', http]);
  });

  it.each([true, false])('returns CONTEXT_LENGTH_EXCEEDED for a prompt that is too long (forced: %p)', (forced) => {
    const tooLong = { ...failure('client', 413), problem: 'context-length' as const };
    const error = routeError({ forced }, anOffering(), tooLong);
    expect([error.code, httpStatusOf(error), error.param]).toEqual(['CONTEXT_LENGTH_EXCEEDED', 400, 'messages']);
  });

  it('names the field of a request that was refused before the provider was called', () => {
    const error = routeError({ forced: false }, anOffering(), { ...failure('client', null), param: 'n' });
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', param: 'n', message: 'it said so' });
  });

  it('contains the provider, its message and its Retry-After', () => {
    const error = routeError({ forced: false }, anOffering(), failure('rate', 429));
    expect(error).toMatchObject({ message: 'All providers failed. OpenRouter: it said so', retryAfterMs: 1500 });
  });
});
