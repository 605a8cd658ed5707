import type { PlannedOffering, VideoHandle } from '@lumenfall/contracts';
import { callContextOf, clientOf, type ProviderClient } from '@lumenfall/execution';
import type { CallContext, ProviderFailure, VideoProvider } from '@lumenfall/providers';
import { candidateKeyOf } from '@lumenfall/routing';
import type { VideoRow } from '@lumenfall/videos';
import type { VideoPorts } from './video-moves.js';

/** The client that a video was submitted with, or another of the same provider; null without one. */
export function clientOfVideo(
  { candidate }: VideoRow,
  { provider }: PlannedOffering,
  { clients }: Pick<VideoPorts, 'clients'>,
): ProviderClient<VideoProvider> | null {
  return clientOf(clients, provider, candidate?.credential ?? null);
}

/** The context of a short call about a video that the job's own signal must not abort. */
export function shortCallContext(
  { requestContext }: VideoRow,
  offering: PlannedOffering,
  { endpoint }: ProviderClient<VideoProvider>,
  { limits: { poll: limits } }: Pick<VideoPorts, 'limits'>,
): CallContext {
  return callContextOf(requestContext, offering, endpoint, { limits, signal: AbortSignal.timeout(limits.wholeMs) });
}

/** Asks the provider to stop the work on a video that has ended: best effort, to save its cost. */
export async function cancelUpstream(
  row: VideoRow,
  offering: PlannedOffering,
  handle: VideoHandle,
  client: ProviderClient<VideoProvider>,
  ports: Pick<VideoPorts, 'limits' | 'log'>,
): Promise<void> {
  const outcome = await client.adapter.cancel(handle, shortCallContext(row, offering, client, ports));
  if (outcome.ok) return;
  ports.log.info(
    { requestId: row.requestId, provider: offering.provider, reason: outcome.error.message },
    'a video was not cancelled upstream',
  );
}

/** Reports a failure after the submission to the health of the candidate that had accepted the video. */
export function reportHealth(
  { candidate }: VideoRow,
  offering: PlannedOffering,
  { kind, status, retryAfterMs }: ProviderFailure,
  { health }: Pick<VideoPorts, 'health'>,
): void {
  if (candidate === null) return;
  const { credential, startedAt } = candidate;
  const key = candidateKeyOf(offering, credential);
  health.report({ candidate: { key, credential }, outcome: { kind, retryAfterMs, startedAt, probe: false }, status });
}
