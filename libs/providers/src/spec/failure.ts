import type { FailureKind } from '@lumenfall/contracts';

/** Why a provider call did not deliver: a value, never an exception. */
export interface ProviderFailure {
  kind: FailureKind;
  /** For the client and the history: our words, or the provider's sentence cleaned of keys, addresses and markup. */
  message: string;
  /** HTTP status of the provider's answer, null where there was none. */
  status: number | null;
  /** From `Retry-After`, in ms. */
  retryAfterMs: number | null;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: ProviderFailure };
