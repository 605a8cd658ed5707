import { executedModelOf, type Attempt, type Choice, type PlannedOffering } from '@lumenfall/contracts';
import type { ProviderFailure } from '@lumenfall/providers';

export interface AttemptOrigin {
  chosen: Choice;
  /** Name of the credential, null if none was used. */
  credential: string | null;
}

/**
 * The entry of one call in `metadata.attempts` and in the request report; `failure` is null if it delivered. Times in
 * Unix ms.
 */
export function attemptOf(
  offering: PlannedOffering,
  { chosen, credential }: AttemptOrigin,
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
    costBasis: 'none',
    chargedMicros: 0,
  };
}
