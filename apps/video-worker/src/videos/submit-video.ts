import { setTimeout as pause } from 'node:timers/promises';
import type { VideoHandle } from '@lumenfall/contracts';
import { HandedBack, RouteRunner, type CandidateCall } from '@lumenfall/execution';
import type { VideoRow } from '@lumenfall/videos';
import type { VideoProvider } from '@lumenfall/providers';
import { callOff } from './call-off.js';
import { followUp } from './follow-up.js';
import { isTerminal } from './next-step.js';
import { afterVerdict, comeBackLater, inDoubt, nowhereToGo, submitted, submitting } from './transitions.js';
import type { VideoPorts } from './video-ports.js';

/** How long to insist on saving a handle that the database does not take. */
const SAVE_TRIES = 8;

/**
 * Submits a queued video to the offering that its route says is next, after what was tried before. Whoever wins the move to
 * `submitting` submits; nobody else does.
 */
export async function submitVideo(queued: VideoRow, signal: AbortSignal, ports: VideoPorts): Promise<void> {
  const { requestContext, plan, deadline, attempts } = queued;
  const run = new RouteRunner(
    { requestContext, plan, deadline: deadline.getTime(), signal, earlier: attempts },
    { ...ports, limits: ports.limits.submit },
  );
  try {
    const stop = await run.next();
    if (stop !== null) return await submitAt(stop, queued, run, ports);
    if (signal.aborted) throw new HandedBack();
    const now = Date.now();
    const changes =
      (run.mayComeBack() ? comeBackLater(queued, now) : null) ??
      nowhereToGo(queued, run.whyNothing(), run.choice(), now);
    await followUp(await ports.videos.move(queued, changes), ports);
  } finally {
    run.release();
  }
}

async function submitAt(
  stop: CandidateCall<VideoProvider>,
  queued: VideoRow,
  run: RouteRunner<VideoProvider>,
  ports: VideoPorts,
): Promise<void> {
  const inputReferences = await ports.videos.picturesOf(queued.requestId);
  const row = await ports.videos.move(queued, submitting(queued, stop, run.choice(), Date.now()));
  if (row === null) return;
  if (row.request === null) throw new Error(`${row.requestId} is to be submitted, but its request was forgotten`);
  const { offering, client } = stop;
  // Not the job's own signal: a submission cut off by a shutdown would be one of unknown outcome.
  const signal = AbortSignal.timeout(ports.limits.submit.wholeMs);
  const outcome = await client.adapter.submit({ ...row.request, inputReferences }, { ...stop.context, signal });
  run.reportHealth(stop, outcome.ok ? null : outcome.failure, Date.now() - stop.startedAt);
  if (outcome.ok) return followUp(await saveHandle(row, stop, outcome.value, ports), ports);
  const { failure } = outcome;
  const doubtful = failure.kind === 'ambiguous' || failure.kind === 'cancelled';
  const changes = doubtful
    ? inDoubt(row, offering, failure, Date.now())
    : afterVerdict(row, offering, failure, Date.now());
  await followUp(await ports.videos.move(row, changes), ports);
}

/**
 * Writes down where the provider has the work, before anything else is done. Also where the row was moved meanwhile: one
 * that was taken for lost is found again by this, and one that was cancelled, or has gone elsewhere, is called off.
 */
async function saveHandle(
  row: VideoRow,
  { offering, client }: CandidateCall<VideoProvider>,
  handle: VideoHandle,
  ports: VideoPorts,
): Promise<VideoRow | null> {
  let current: VideoRow | null = row;
  for (let tries = 1; current !== null; tries += 1) {
    const isOurs = current.handle === null && current.candidate?.startedAt === row.candidate?.startedAt;
    if (isTerminal(current) || !isOurs) {
      // A handle that was found by a look-up is this very one.
      if (current.handle?.upstreamId !== handle.upstreamId || isTerminal(current)) {
        await callOff(current, offering, handle, client, ports);
      }
      return null;
    }
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
