import type { PlannedOffering } from '@lumenfall/contracts';
import { callContextOf, clientOf } from '@lumenfall/execution';
import type { VideoChanges, VideoRow } from '@lumenfall/videos';
import { followUp } from './follow-up.js';
import { lookedUp, notTaken, submitted } from './transitions.js';
import type { VideoPorts } from './video-ports.js';

/** So long after the doubt, a provider that does not list a job does not have it: earlier it may still be taking it in. */
const LOOK_UPS_TO_BE_SURE = 2;
/** A job that was found is this video's: nobody else takes it within the moment that it takes to write that down. */
const CLAIM_MS = 60_000;

/**
 * Asks a provider whether it has the work of a submission that nobody saw the end of. Found: it is looked after as any other.
 * Certainly not there: the next offering may be tried, at no risk of paying twice. Otherwise the doubt stays.
 */
export async function lookUpVideo(row: VideoRow, offering: PlannedOffering, ports: VideoPorts): Promise<void> {
  const move = async (changes: VideoChanges): Promise<void> => followUp(await ports.videos.move(row, changes), ports);
  const { request, candidate, requestId } = row;
  const door = clientOf(ports.clients, offering.provider, candidate?.credential ?? null);
  // Another key may belong to another account, whose list says nothing.
  const isSameKey = door !== null && door.endpoint.credential === candidate?.credential;
  if (!isSameKey || door.adapter.lookUp === undefined || request === null) return move(lookedUp(row, null, Date.now()));
  const limits = ports.limits.poll;
  const context = callContextOf(row.requestContext, offering, door.endpoint, {
    limits,
    signal: AbortSignal.timeout(limits.wholeMs),
  });
  const { isTaken, picturesOf } = ports.videos;
  const whole = { ...request, inputReferences: await picturesOf(requestId) };
  const outcome = await door.adapter.lookUp(whole, context, { submittedAt: candidate.startedAt, isTaken });
  const found = outcome.ok ? outcome.value : null;
  ports.log.info({ requestId, found: found?.found ?? 'no answer' }, 'a doubtful submission was looked up');
  if (found?.found === 'job') {
    const claimed = await ports.health.claim(`video-job:${offering.provider}:${found.handle.upstreamId}`, CLAIM_MS);
    return move(claimed ? submitted(row, found.handle, Date.now()) : lookedUp(row, null, Date.now()));
  }
  const isSure = found?.found === 'nothing' && row.pollCount + 1 >= LOOK_UPS_TO_BE_SURE;
  return move(isSure ? notTaken(row, Date.now()) : lookedUp(row, row.pollCount + 1, Date.now()));
}
