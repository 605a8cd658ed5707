import type { PlannedOffering, VideoHandle } from '@lumenfall/contracts';
import type { VideoRow } from '@lumenfall/database';
import { callContextOf, type ProviderDoor } from '@lumenfall/execution';
import type { VideoProvider } from '@lumenfall/providers';
import type { Logger } from '@lumenfall/service-kit';

const CANCEL_TIMEOUT_MS = 15_000;

/** Asks the provider to stop: best effort, for the sake of what it would charge us. The row has ended already. */
export async function callOff(
  { requestId, facts }: VideoRow,
  offering: PlannedOffering,
  handle: VideoHandle,
  { adapter, endpoint }: ProviderDoor<VideoProvider>,
  log: Logger,
): Promise<void> {
  const context = callContextOf(facts, offering, endpoint, AbortSignal.timeout(CANCEL_TIMEOUT_MS));
  const outcome = await adapter.cancel(handle, context);
  if (!outcome.ok)
    log.info(
      { requestId, provider: offering.provider, reason: outcome.failure.message },
      'a video was not cancelled upstream',
    );
}
