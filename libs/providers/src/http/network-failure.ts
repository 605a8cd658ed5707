import type { ProviderFailure } from '../spec/index.js';
import { failure } from './failures.js';
import type { AbortReason } from './time-limits.js';

/** How far a call had got when it broke. */
export interface BrokenCall {
  /** Set where our own clock or caller stopped it. */
  stopped: AbortReason | null;
  /** Node's error code, null where there was none. */
  code: string | null;
  /** The connection stood, so the provider may have the request. */
  sent: boolean;
  /** Submits of paid work: see `Unrepeatable`. */
  unrepeatable: Unrepeatable;
  /** The answer had begun, so the provider has decided. */
  answered?: boolean;
}

/**
 * Whether a call starts paid work. `true`: after sending, an unknown fate is `ambiguous` and nothing else. `unless-reset`: only
 * where the provider had begun to answer or kept silent; a connection that broke before counts as not accepted, because
 * somebody waits for another provider to take over.
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
  if (isOfUnknownFate(call)) {
    return failure('ambiguous', 'The connection ended before the provider answered: it may be at work');
  }
  if (call.stopped === 'cancelled') return failure('cancelled', null);
  if (call.stopped !== null) return failure('timeout', TIMED_OUT[call.stopped]);
  if (call.code === 'ETIMEDOUT') return failure('timeout', TIMED_OUT.connect);
  return failure('transient', UNREACHED[call.code ?? ''] ?? 'The connection to the provider broke');
}

function isOfUnknownFate({ unrepeatable, sent, answered, stopped }: BrokenCall): boolean {
  if (unrepeatable === 'unless-reset')
    return sent && stopped !== 'cancelled' && (answered === true || stopped !== null);
  return unrepeatable && sent;
}

/** True where an idle socket was closed by the provider as we sent on it: the request never reached its application. */
export function isStaleSocket(code: string | null, reused: boolean): boolean {
  return reused && (code === 'ECONNRESET' || code === 'EPIPE');
}

export function codeOf(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}
