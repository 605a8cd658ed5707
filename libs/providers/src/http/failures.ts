import type { FailureKind } from '@lumenfall/contracts';
import type { ProviderFailure } from '../spec/index.js';
import type { AbortReason } from './call-clock.js';
import { cleanMessage } from './clean-message.js';
import { readErrorBody } from './error-body.js';

/** Response headers by lower-case name. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** What a provider's `errors.ts` reads from the body of a refusal; null leaves the decision to the HTTP status. */
export interface Refusal {
  message: string | null;
  kind: FailureKind | null;
  retryAfterMs?: number | null;
  problem?: ProviderFailure['problem'];
}

/** A pure function per provider. `body` is parsed JSON, or the text of a body that is not JSON. */
export type ReadRefusal = (status: number, body: unknown) => Refusal;

export interface RefusedAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** What an HTTP status means for routing if the body does not say more. */
export function kindOfStatus(status: number): FailureKind {
  if (status === 401 || status === 402 || status === 403) return 'auth';
  if (status === 408) return 'timeout';
  if (status === 429) return 'rate';
  if (status === 451) return 'moderation';
  // 409, 425 and 499 ask for a later try; a redirect of an API call is a misconfiguration at the provider.
  if (status === 409 || status === 425 || status === 499) return 'transient';
  return status >= 400 && status < 500 ? 'client' : 'transient';
}

/**
 * These replace the provider's sentence, which would be about our account, or about nothing that the client can change.
 */
const REPLACED: Partial<Record<FailureKind, string>> = {
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

export interface FailureDetails extends Partial<
  Pick<ProviderFailure, 'status' | 'retryAfterMs' | 'param' | 'problem'>
> {
  /** Texts that the message must not contain. */
  secrets?: readonly string[];
}

/** A failure with the provider's sentence, cleaned for clients, or with our own if none is left. */
export function failure(kind: FailureKind, message: string | null, more: FailureDetails = {}): ProviderFailure {
  const clean = message === null ? null : cleanMessage(message, more.secrets);
  return {
    kind,
    message: clean ?? FALLBACK[kind],
    status: more.status ?? null,
    retryAfterMs: boundedWait(more.retryAfterMs ?? null),
    ...(more.param === undefined ? {} : { param: more.param }),
    ...(more.problem === undefined ? {} : { problem: more.problem }),
  };
}

export const failed = (...details: Parameters<typeof failure>): { ok: false; error: ProviderFailure } => ({
  ok: false,
  error: failure(...details),
});

const MAX_WAIT_MS = 24 * 3_600_000;

/** Whole milliseconds, at most a day: a longer wait is a mistake of the provider. */
const boundedWait = (ms: number | null): number | null =>
  ms === null || !(ms >= 0) ? null : Math.round(Math.min(ms, MAX_WAIT_MS));

/** A non-2xx answer as a failure. */
export function failureOfAnswer(answer: RefusedAnswer, read: ReadRefusal, secrets: readonly string[]): ProviderFailure {
  const { status, headers } = answer;
  if (status >= 300 && status < 400) {
    return failure('transient', 'The provider answered with a redirect, which is not followed', { status });
  }
  const refusal = read(status, answer.body);
  const kind = refusal.kind ?? kindOfStatus(status);
  return failure(kind, REPLACED[kind] ?? refusal.message ?? readErrorBody(answer.body).message, {
    status,
    retryAfterMs: refusal.retryAfterMs ?? readRetryAfter(headers),
    problem: refusal.problem,
    secrets,
  });
}

const MODERATED =
  /safety system|content[ _-]?(?:policy|moderation|filter|violation)|usage (?:policies|guidelines)|moderation|nsfw|prohibited[ _]content/i;

/**
 * The failure that the body of a 2xx answer reports. The provider's own reader decides on its kind; then the words for
 * programs, then an HTTP status inside the body. An error that none of them classifies is `otherwise`.
 */
export function failureInBody(
  body: unknown,
  read: ReadRefusal,
  { secrets, otherwise = 'transient' }: { secrets: readonly string[]; otherwise?: FailureKind },
): ProviderFailure {
  const { message, codes, status } = readErrorBody(body);
  const refusal = read(status ?? 200, body);
  const isModerated = MODERATED.test([message ?? '', ...codes].join(' '));
  const kind =
    refusal.kind ?? (isModerated ? 'moderation' : null) ?? (status === null ? null : kindOfStatus(status)) ?? otherwise;
  return failure(kind, REPLACED[kind] ?? refusal.message ?? message, {
    status: status ?? 200,
    retryAfterMs: refusal.retryAfterMs ?? null,
    problem: refusal.problem,
    secrets,
  });
}

/** `Retry-After` (seconds or an HTTP date) or `retry-after-ms` in ms; null if it is absent or unreadable. */
export function readRetryAfter(headers: Headers, now: number = Date.now()): number | null {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return Math.round(milliseconds);
  const text = headers['retry-after'];
  if (text === undefined || text.trim() === '') return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return seconds >= 0 ? Math.round(seconds * 1000) : null;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** How far a call got before it broke. */
export interface BrokenCall {
  /** Null if neither the caller nor a time limit aborted it. */
  abortedBy: AbortReason | null;
  /** Node's error code; null if there was none. */
  code: string | null;
  /** The connection was established, so the provider may have the request. */
  sent: boolean;
  unrepeatable: Unrepeatable;
  /** The headers of the answer had arrived, so the provider has decided. */
  answered?: boolean;
}

/**
 * Whether a call starts paid work. `true`: once the request is sent, an unknown result is `ambiguous`. `unless-reset`:
 * only if the provider had begun to answer, or was silent; a connection that breaks before the answer counts as not
 * accepted, because a client waits, and another provider can be called.
 */
export type Unrepeatable = boolean | 'unless-reset';

const TIMED_OUT: Record<Exclude<AbortReason, 'cancelled'>, string> = {
  connect: 'The provider could not be reached in time',
  'first byte': 'The provider did not answer in time',
  idle: 'The provider stopped in the middle of its answer',
  whole: 'The provider took too long to answer',
};

const UNREACHED: Record<string, string> = {
  ECONNREFUSED: 'The provider refused the connection',
  ENOTFOUND: 'The provider could not be found',
  EAI_AGAIN: 'The provider could not be found just now',
  EHOSTUNREACH: 'The provider could not be reached',
  ENETUNREACH: 'The provider could not be reached',
};

/** An exception of the HTTP client as a failure. */
export function failureOfBrokenCall(call: BrokenCall): ProviderFailure {
  if (isAmbiguous(call)) {
    return failure('ambiguous', 'The connection ended before the provider answered: it may be at work');
  }
  if (call.abortedBy === 'cancelled') return failure('cancelled', null);
  if (call.abortedBy !== null) return failure('timeout', TIMED_OUT[call.abortedBy]);
  if (call.code === 'ETIMEDOUT') return failure('timeout', TIMED_OUT.connect);
  return failure('transient', UNREACHED[call.code ?? ''] ?? 'The connection to the provider broke');
}

function isAmbiguous({ unrepeatable, sent, answered, abortedBy }: BrokenCall): boolean {
  if (unrepeatable === 'unless-reset')
    return sent && abortedBy !== 'cancelled' && (answered === true || abortedBy !== null);
  return unrepeatable && sent;
}

/** True if the provider closed an idle socket while we sent on it: the request never reached its application. */
export function isStaleSocket(code: string | null, reused: boolean): boolean {
  return reused && (code === 'ECONNRESET' || code === 'EPIPE');
}

export function codeOf(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}
