import type { PlannedOffering, VideoHandle } from '@lumenfall/contracts';
import { callContextOf, clientOf, HandedBack, ownFailure } from '@lumenfall/execution';
import type { VideoChanges, VideoRow } from '@lumenfall/videos';
import { deliverVideo } from './deliver-video.js';
import { followUp } from './follow-up.js';
import { learnOf } from './learn-of.js';
import { afterVerdict, lookAgain, stillRunning } from './transitions.js';
import type { VideoPorts } from './video-ports.js';

/** Looks how the provider stands and moves the row accordingly. Trouble in looking never fails a video. */
export async function pollVideo(
  row: VideoRow,
  { offering, handle }: { offering: PlannedOffering; handle: VideoHandle },
  signal: AbortSignal,
  ports: VideoPorts,
): Promise<void> {
  const move = async (changes: VideoChanges): Promise<void> => followUp(await ports.videos.move(row, changes), ports);
  const door = clientOf(ports.clients, offering.provider, row.candidate?.credential ?? null);
  if (door === null) {
    // Another worker may have the key; this one cannot tell anything about the video.
    ports.log.error(
      { requestId: row.requestId, provider: offering.provider },
      'a video waits at a provider without a key here',
    );
    return move(lookAgain(row, ownFailure('auth', 'not configured here'), Date.now()));
  }
  const asked = await door.adapter.poll(
    handle,
    callContextOf(row.requestContext, offering, door.endpoint, { limits: ports.limits.poll, signal }),
  );
  if (signal.aborted) throw new HandedBack();
  if (!asked.ok) {
    // Trouble with the question says nothing of the offering, but a refused key is refused for all.
    if (asked.failure.kind === 'auth') learnOf(row, offering, asked.failure, ports);
    return move(lookAgain(row, asked.failure, Date.now()));
  }
  const answer = asked.value;
  switch (answer.state) {
    case 'running':
      return move(stillRunning(row, answer.progress, Date.now()));
    case 'failed':
      learnOf(row, offering, answer.failure, ports);
      return move(afterVerdict(row, offering, answer.failure, Date.now()));
    case 'succeeded':
      return deliverVideo(row, offering, answer, { endpoint: door.endpoint, signal }, ports);
  }
}
