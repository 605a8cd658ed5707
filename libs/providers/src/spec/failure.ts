import type { FailureKind, Result } from '@lumenfall/contracts';

/** Why a provider call did not deliver. It is a value, never an exception. */
export interface ProviderFailure {
  kind: FailureKind;
  /** For the client and the history: our own sentence, or the provider's without keys, addresses and markup. */
  message: string;
  /** HTTP status of the provider's answer; null if there was none. */
  status: number | null;
  /** From `Retry-After`, in ms. */
  retryAfterMs: number | null;
  /** The field of the request that is to blame, if it is known. */
  param?: string | undefined;
  /** A reason with an error code of its own: the prompt does not fit into the model's context. */
  problem?: 'context-length' | undefined;
}

/** What a provider call delivered, or why it did not. */
export type Outcome<T> = Result<T, ProviderFailure>;
