import type { PlannedOffering } from '@lumenfall/contracts';
import type { VideoRow } from '@lumenfall/videos';
import type { ProviderFailure } from '@lumenfall/providers';
import { candidateKeyOf } from '@lumenfall/routing';
import type { VideoPorts } from './video-ports.js';

/** What a video's failure says of the offering that had accepted it, for those that choose after it. */
export function learnOf(
  { candidate }: VideoRow,
  offering: PlannedOffering,
  { kind, status, retryAfterMs }: ProviderFailure,
  { health }: Pick<VideoPorts, 'health'>,
): void {
  if (candidate === null) return;
  const { credential, startedAt } = candidate;
  const key = candidateKeyOf(offering, credential);
  health.report({ stop: { key, credential }, outcome: { kind, retryAfterMs, startedAt, probe: false }, status });
}
