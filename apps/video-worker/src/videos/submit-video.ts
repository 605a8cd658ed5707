import { pause } from '@lumenfall/async';
import type { PlannedOffering, VideoHandle } from '@lumenfall/contracts';
import { HandedBack, RouteRunner, type CandidateCall } from '@lumenfall/execution';
import type { VideoProvider } from '@lumenfall/providers';
import { isTerminal, type VideoRow } from '@lumenfall/videos';
import { withReferenceImages } from './reference-images.js';
import {
  afterVerdict,
  inDoubt,
  lookedUp,
  nowhereToGo,
  notTaken,
  referencesMissing,
  requeued,
  submitted,
  submitting,
} from './transitions.js';
import { cancelUpstream, clientOfVideo, shortCallContext } from './upstream.js';
import { followUp, moveOn, moveVideo, type VideoPorts } from './video-moves.js';

/** Attempts to save a handle that the database does not take. */
const SAVE_ATTEMPTS = 8;

/**
 * Submits a queued video to the next candidate of its route. Only the worker that wins the move to `submitting` submits
 * it.
 */
export async function submitVideo(queued: VideoRow, signal: AbortSignal, ports: VideoPorts): Promise<void> {
  const { requestContext, plan, deadline, attempts } = queued;
  const runner = new RouteRunner(
    { requestContext, plan, deadline: deadline.getTime(), signal, earlier: attempts },
    { ...ports, limits: ports.limits.submit },
  );
  try {
    const call = await runner.next();
    if (call !== null) return await submitTo(call, queued, runner, ports);
    if (signal.aborted) throw new HandedBack();
    const now = Date.now();
    const changes =
      (runner.mayComeBack() ? requeued(queued, now) : null) ??
      nowhereToGo(queued, runner.whyNothing(), runner.choice(), now);
    await moveOn(queued, changes, ports);
  } finally {
    runner.release();
  }
}

async function submitTo(
  call: CandidateCall<VideoProvider>,
  queued: VideoRow,
  runner: RouteRunner<VideoProvider>,
  ports: VideoPorts,
): Promise<void> {
  if (queued.request === null) throw new Error(`${queued.requestId} is to be submitted, but its request was deleted`);
  const request = await withReferenceImages(queued.request, ports.store);
  if (request === null) {
    await moveOn(queued, referencesMissing(queued, Date.now()), ports);
    return;
  }
  const row = await moveVideo(queued, submitting(queued, call, runner.choice(), Date.now()), ports);
  if (row === null) return;
  const { offering, client } = call;
  // Not the job's own signal: the outcome of a submission that a shutdown aborts would be unknown.
  const signal = AbortSignal.timeout(ports.limits.submit.wholeMs);
  const outcome = await client.adapter.submit(request, { ...call.context, signal });
  runner.reportHealth(call, outcome.ok ? null : outcome.error, Date.now() - call.startedAt);
  if (outcome.ok) {
    const accepted = await saveHandle(row, call, outcome.value, ports);
    if (accepted !== null) await followUp(accepted, ports);
    return;
  }
  const { error } = outcome;
  const isUnknown = error.kind === 'ambiguous' || error.kind === 'cancelled';
  const next = isUnknown ? inDoubt : afterVerdict;
  await moveOn(row, next(row, offering, error, Date.now()), ports);
}

/**
 * Saves the provider's handle before anything else is done. If the row was moved meanwhile: a video that counted as
 * lost is found again by this, and one that was cancelled or went to another candidate is cancelled upstream.
 */
async function saveHandle(
  row: VideoRow,
  { offering, client }: CandidateCall<VideoProvider>,
  handle: VideoHandle,
  ports: VideoPorts,
): Promise<VideoRow | null> {
  let current: VideoRow | null = row;
  for (let attempt = 1; current !== null; attempt += 1) {
    const isOurs = current.handle === null && current.candidate?.startedAt === row.candidate?.startedAt;
    if (isTerminal(current) || !isOurs) {
      // A look-up may have found this very handle.
      if (current.handle?.upstreamId !== handle.upstreamId || isTerminal(current)) {
        await cancelUpstream(current, offering, handle, client, ports);
      }
      return null;
    }
    try {
      const moved = await moveVideo(current, submitted(current, handle, Date.now()), ports);
      if (moved !== null) return moved;
      current = await ports.videos.get(row.requestId);
    } catch (error) {
      const { requestId } = row;
      ports.log.error({ err: error, requestId, upstreamId: handle.upstreamId }, 'saving a video handle failed');
      if (attempt >= SAVE_ATTEMPTS) throw error;
      await pause(Math.min(5_000, 100 * 2 ** attempt));
    }
  }
  return null;
}

/**
 * After this many look-ups, a provider that does not list a job does not have it: earlier it may still be accepting it.
 */
const LOOK_UPS_TO_BE_SURE = 2;
/** A job that was found belongs to this video; the lease lasts longer than saving its handle takes. */
const CLAIM_MS = 60_000;

/**
 * Asks a provider whether it accepted a submission of unknown outcome. If it did, the video is polled as usual. If it
 * certainly did not, the next candidate may be tried at no risk of paying twice. Otherwise the outcome stays unknown.
 */
export async function lookUpVideo(row: VideoRow, offering: PlannedOffering, ports: VideoPorts): Promise<void> {
  const { request, candidate, requestId } = row;
  const client = clientOfVideo(row, offering, ports);
  // Another credential may belong to another account, whose list is of no use.
  const isSameCredential = client !== null && client.endpoint.credential === candidate?.credential;
  if (!isSameCredential || client.adapter.lookUp === undefined || request === null) {
    await moveOn(row, lookedUp(row, null, Date.now()), ports);
    return;
  }
  const whole = await withReferenceImages(request, ports.store);
  if (whole === null) {
    await moveOn(row, lookedUp(row, null, Date.now()), ports);
    return;
  }
  const clues = { submittedAt: candidate.startedAt, isTaken: ports.videos.isTaken };
  const outcome = await client.adapter.lookUp(whole, shortCallContext(row, offering, client, ports), clues);
  const found = outcome.ok ? outcome.value : null;
  ports.log.info({ requestId, found: found?.found ?? 'no answer' }, 'looked up a submission of unknown outcome');
  if (found?.found === 'job') {
    const claimed = await ports.health.claim(`video-job:${offering.provider}:${found.handle.upstreamId}`, CLAIM_MS);
    const changes = claimed ? submitted(row, found.handle, Date.now()) : lookedUp(row, null, Date.now());
    await moveOn(row, changes, ports);
    return;
  }
  const isSure = found?.found === 'nothing' && row.pollCount + 1 >= LOOK_UPS_TO_BE_SURE;
  await moveOn(row, isSure ? notTaken(row, Date.now()) : lookedUp(row, row.pollCount + 1, Date.now()), ports);
}
