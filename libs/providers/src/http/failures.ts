import type { FailureKind } from '@lumenfall/contracts';
import type { Outcome, ProviderFailure } from '../spec/index.js';
import { cleanMessage } from './clean-message.js';
import { readRetryAfter, type Headers } from './retry-after.js';

/** What a provider's own `errors.ts` reads from the body of a refusal; null leaves it to the HTTP status. */
export interface Refusal {
  message: string | null;
  kind: FailureKind | null;
  retryAfterMs?: number | null;
}

/** Pure, one per provider: `body` is the parsed JSON, or the text where it is none. */
export type ReadRefusal = (status: number, body: unknown) => Refusal;

export interface RefusedAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** What an HTTP status means for routing, where the body says nothing better. */
export function kindOfStatus(status: number): FailureKind {
  if (status === 401 || status === 402 || status === 403) return 'auth';
  if (status === 408) return 'timeout';
  if (status === 429) return 'rate';
  if (status === 451) return 'moderation';
  // 409, 425 and 499 say "not now"; a redirect of an API call is a broken set-up on the provider's side.
  if (status === 409 || status === 425 || status === 499) return 'transient';
  return status >= 400 && status < 500 ? 'client' : 'transient';
}

// Where the provider's sentence would speak of our account, or of nothing the client can change, ours stands instead.
const OUR_WORDS: Partial<Record<FailureKind, string>> = {
  auth: 'The provider refused our account',
  rate: 'The provider is limiting our requests',
};

const FALLBACK: Record<FailureKind, string> = {
  client: 'The provider refused the request',
  moderation: 'The provider refused the content',
  auth: 'The provider refused our account',
  rate: 'The provider is limiting our requests',
  transient: 'The provider failed',
  timeout: 'The provider took too long',
  empty: 'The provider returned nothing',
  ambiguous: 'The provider may have accepted the request',
  cancelled: 'The request was cancelled',
};

/** A failure in the provider's cleaned words, or in ours where there are none. */
export function failure(
  kind: FailureKind,
  message: string | null,
  more: { status?: number | null; retryAfterMs?: number | null; secrets?: readonly string[] } = {},
): ProviderFailure {
  const clean = message === null ? null : cleanMessage(message, more.secrets);
  return {
    kind,
    message: clean ?? FALLBACK[kind],
    status: more.status ?? null,
    retryAfterMs: believable(more.retryAfterMs ?? null),
  };
}

const LONGEST_WAIT_MS = 24 * 3_600_000;

/** Whole milliseconds, a day of them at most: what lies beyond is a slip of the provider, and nobody can wait for it. */
const believable = (ms: number | null): number | null =>
  ms === null || !(ms >= 0) ? null : Math.round(Math.min(ms, LONGEST_WAIT_MS));

export const failed = (...details: Parameters<typeof failure>): { ok: false; failure: ProviderFailure } => ({
  ok: false,
  failure: failure(...details),
});

export const succeeded = <T>(value: T): Outcome<T> => ({ ok: true, value });

/** A non-2xx answer as a failure. */
export function failureOfAnswer(answer: RefusedAnswer, read: ReadRefusal, secrets: readonly string[]): ProviderFailure {
  const { status, headers } = answer;
  if (status >= 300 && status < 400) {
    return failure('transient', 'The provider answered with a redirect, which is not followed', { status });
  }
  const refusal = read(status, answer.body);
  const kind = refusal.kind ?? kindOfStatus(status);
  return failure(kind, OUR_WORDS[kind] ?? refusal.message, {
    status,
    retryAfterMs: refusal.retryAfterMs ?? readRetryAfter(headers),
    secrets,
  });
}
