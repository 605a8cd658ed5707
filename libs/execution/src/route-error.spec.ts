import { failureKindSchema, httpStatusOf, type FailureKind } from '@lumenfall/contracts';
import { anOffering } from '@lumenfall/testing';
import { mayGoOn } from './route-attempts.js';
import { routeError } from './route-error.js';

const failure = (kind: FailureKind, status: number | null) => ({
  kind,
  status,
  message: 'it said so',
  retryAfterMs: 1500,
});

describe('what a client is told when its route ended', () => {
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
  ] as const)('after %s (%p) is %s, status %d', (kind, status, code, http) => {
    const error = routeError({ forced: false }, anOffering(), failure(kind, status));
    expect([error.code, httpStatusOf(error)]).toEqual([code, http]);
  });

  it.each([
    ['rate', 429, 429],
    ['transient', 500, 502],
    ['auth', 401, 502], // our key, not the client's
    ['client', 404, 404],
  ] as const)('by a forced provider, after %s (%d), is its own error, status %d', (kind, status, http) => {
    const error = routeError({ forced: true }, anOffering(), failure(kind, status));
    expect([error.code, httpStatusOf(error)]).toEqual(['UPSTREAM_ERROR', http]);
  });

  it('names the provider, what it said, and when to come back', () => {
    const error = routeError({ forced: false }, anOffering(), failure('rate', 429));
    expect(error).toMatchObject({ message: 'All providers failed. OpenRouter: it said so', retryAfterMs: 1500 });
  });
});

it('goes on only after failures that say nothing about the request', () => {
  const ends = failureKindSchema.options.filter((kind) => !mayGoOn(kind));
  expect(ends.sort()).toEqual(['ambiguous', 'cancelled', 'client', 'moderation']);
});
