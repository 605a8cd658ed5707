import { setTimeout as pause } from 'node:timers/promises';
import type { PlannedOffering, VideoHandle } from '@lumenfall/contracts';
import type { VideoRow } from '@lumenfall/database';
import { callContextOf, ownFailure, type ProviderDoor } from '@lumenfall/execution';
import type { VideoProvider } from '@lumenfall/providers';
import { callOff } from './call-off.js';
import { followUp } from './follow-up.js';
import { isTerminal } from './next-step.js';
import { afterVerdict, inDoubt, submitted, submitting } from './transitions.js';
import type { VideoPorts } from './video-ports.js';

/** How long to insist on saving a handle that the database does not take. */
const SAVE_TRIES = 8;

/** Submits a queued video to the offering it is at. Whoever wins the move to `submitting` submits; nobody else does. */
export async function submitVideo(queued: VideoRow, offering: PlannedOffering, ports: VideoPorts): Promise<void> {
  const row = await ports.videos.move(queued, submitting(Date.now()));
  if (row === null) return;
  if (row.request === null) throw new Error(`${row.requestId} is to be submitted, but its request was forgotten`);
  const door = ports.door(offering.provider);
  if (door === null) {
    const failure = ownFailure('auth', `${offering.providerName} is not configured here`);
    return followUp(await ports.videos.move(row, afterVerdict(row, offering, failure, Date.now())), ports);
  }
  // Not the job's own signal: a submission cut off by a shutdown would be one of unknown outcome.
  const limits = ports.limits.submit;
  const context = callContextOf(row.facts, offering, door.endpoint, {
    limits,
    signal: AbortSignal.timeout(limits.wholeMs),
  });
  const outcome = await door.adapter.submit(row.request, context);
  if (outcome.ok) return followUp(await saveHandle(row, offering, outcome.value, door, ports), ports);
  const { failure } = outcome;
  const doubtful = failure.kind === 'ambiguous' || failure.kind === 'cancelled';
  const changes = doubtful
    ? inDoubt(row, offering, failure, Date.now())
    : afterVerdict(row, offering, failure, Date.now());
  await followUp(await ports.videos.move(row, changes), ports);
}

/**
 * Writes down where the provider has the work, before anything else is done. Also where the row was moved meanwhile: one
 * that was taken for lost is found again by this, and one that was cancelled is called off.
 */
async function saveHandle(
  row: VideoRow,
  offering: PlannedOffering,
  handle: VideoHandle,
  door: ProviderDoor<VideoProvider>,
  ports: VideoPorts,
): Promise<VideoRow | null> {
  let current: VideoRow | null = row;
  for (let tries = 1; current !== null; tries += 1) {
    if (isTerminal(current)) {
      await callOff(current, offering, handle, door, ports);
      return null;
    }
    // Another run has gone on with this row; a handle of its own must not be replaced.
    if (current.handle !== null || current.routeIndex !== row.routeIndex) return null;
    try {
      const moved: VideoRow | null = await ports.videos.move(current, submitted(current, handle, Date.now()));
      if (moved !== null) return moved;
      current = await ports.videos.get(row.requestId);
    } catch (error) {
      ports.log.error(
        { err: error, requestId: row.requestId, upstreamId: handle.upstreamId },
        'a video handle is not saved yet',
      );
      if (tries >= SAVE_TRIES) throw error;
      await pause(Math.min(5_000, 100 * 2 ** tries));
    }
  }
  return null;
}
