import type { PlannedOffering, VideoHandle } from '@lumenfall/contracts';
import { callContextOf, type ProviderClient } from '@lumenfall/execution';
import type { VideoRow } from '@lumenfall/videos';
import type { VideoProvider } from '@lumenfall/providers';
import type { VideoPorts } from './video-ports.js';

/** Asks the provider to stop: best effort, for the sake of what it would charge us. The row has ended already. */
export async function callOff(
  { requestId, requestContext }: VideoRow,
  offering: PlannedOffering,
  handle: VideoHandle,
  { adapter, endpoint }: ProviderClient<VideoProvider>,
  { limits: { poll: limits }, log }: Pick<VideoPorts, 'limits' | 'log'>,
): Promise<void> {
  const context = callContextOf(requestContext, offering, endpoint, {
    limits,
    signal: AbortSignal.timeout(limits.wholeMs),
  });
  const outcome = await adapter.cancel(handle, context);
  if (!outcome.ok)
    log.info(
      { requestId, provider: offering.provider, reason: outcome.failure.message },
      'a video was not cancelled upstream',
    );
}
