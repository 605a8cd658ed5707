import type { PlannedOffering } from '@lumenfall/contracts';
import type { VideoRow } from '@lumenfall/database';
import type { ProviderFailure } from '@lumenfall/providers';
import { stopKeyOf } from '@lumenfall/routing';
import type { VideoPorts } from './video-ports.js';

/** What a video's failure says of the offering that had accepted it, for those that choose after it. */
export function learnOf(
  { stop }: VideoRow,
  offering: PlannedOffering,
  { kind, status, retryAfterMs }: ProviderFailure,
  { health }: Pick<VideoPorts, 'health'>,
): void {
  if (stop === null) return;
  const { credential, startedAt } = stop;
  const key = stopKeyOf(offering, credential);
  health.report({ stop: { key, credential }, outcome: { kind, retryAfterMs, startedAt, probe: false }, status });
}
