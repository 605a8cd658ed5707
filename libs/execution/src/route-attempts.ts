import {
  executedModelOf,
  type Attempt,
  type Choice,
  type FailureKind,
  type PlannedOffering,
} from '@lumenfall/contracts';
import type { ProviderFailure } from '@lumenfall/providers';

/**
 * Whether another offering may be tried after such a failure. The first three are the request's own doing and would be said
 * again elsewhere (or must not be); after `ambiguous` a provider may be at work, so a second start could be paid twice.
 */
const MAY_GO_ON: Readonly<Record<FailureKind, boolean>> = {
  client: false,
  moderation: false,
  cancelled: false,
  ambiguous: false,
  auth: true,
  rate: true,
  transient: true,
  timeout: true,
  empty: true,
};

export function mayGoOn(kind: FailureKind): boolean {
  return MAY_GO_ON[kind];
}

/** How a try came about. */
export interface Tried {
  chosen: Choice;
  /** The name of the key, null where none was used. */
  credential: string | null;
}

/** The entry of one try in `metadata.attempts` and in the request's history; `failure` null where it delivered. */
export function attemptOf(
  offering: PlannedOffering,
  { chosen, credential }: Tried,
  { startedAt, endedAt }: { startedAt: number; endedAt: number },
  failure: ProviderFailure | null,
): Attempt {
  return {
    provider: offering.provider,
    executedModel: executedModelOf(offering),
    status: failure === null ? 'succeeded' : 'failed',
    failure: failure?.kind ?? null,
    message: failure?.message ?? null,
    upstreamStatus: failure?.status ?? null,
    durationMs: Math.max(0, endedAt - startedAt),
    chosen,
    credential,
    costMicros: 0,
  };
}

/** A failure that no provider had a part in. */
export function ownFailure(kind: FailureKind, message: string, retryAfterMs: number | null = null): ProviderFailure {
  return { kind, message, status: null, retryAfterMs };
}
