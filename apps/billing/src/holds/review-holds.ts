import type { QueueName } from '@lumenfall/contracts';
import type { DueHold, HoldReviews } from '@lumenfall/ledger';
import type { JobProducer, UsageLog } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { holdsEnded } from './hold-metrics.js';

export interface ReviewPorts {
  reviews: HoldReviews;
  jobs: Pick<JobProducer, 'state'>;
  usage: Pick<UsageLog, 'figures'>;
  log: Logger;
}

const BATCH = 500;
const MAX_BATCHES = 20;
/** A record that cannot be applied does not keep the holds of other requests for longer. */
const LONGEST_LAG_MS = 300_000;
/** Jobs that are looked up at the same time. */
const LOOK_UPS = 50;

type JobState = Awaited<ReturnType<JobProducer['state']>> | 'unknown';

/**
 * What becomes of a due hold. A request is at work if it has a row that will settle the hold, or if its job waits or
 * runs and is not past its deadline. While the queue does not answer, the job counts as running. The first review that
 * finds nothing doubts the hold; a later one ends it, once the usage records of the time before the doubt are applied.
 *
 * @param lagMs age of the oldest usage record that is not applied
 */
export function verdictOf(hold: DueHold, job: JobState, lagMs: number): 'extend' | 'doubt' | 'wait' | 'expire' {
  const works = job === 'waiting' || job === 'active' || job === 'unknown';
  if (hold.hasRow || (works && !hold.overdue)) return 'extend';
  if (hold.doubtedForMs === null) return 'doubt';
  return hold.doubtedForMs > Math.min(lagMs, LONGEST_LAG_MS) ? 'expire' : 'wait';
}

/** Reviews the holds that are due. The round is bounded; a backlog takes several rounds. */
export async function reviewHolds(ports: ReviewPorts): Promise<void> {
  const jobs = new JobLookUp(ports.jobs);
  const lagMs = await lagOf(ports.usage);
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const due = await ports.reviews.due(BATCH);
    await reviewBatch(due, { jobs, lagMs }, ports);
    if (due.length < BATCH) return;
  }
}

async function reviewBatch(
  due: readonly DueHold[],
  { jobs, lagMs }: { jobs: JobLookUp; lagMs: number },
  { reviews, log }: ReviewPorts,
): Promise<void> {
  const none = (): string[] => [];
  const ids = { extend: none(), doubt: none(), wait: none(), expire: none() };
  for (let from = 0; from < due.length; from += LOOK_UPS) {
    const some = due.slice(from, from + LOOK_UPS);
    const states = await Promise.all(some.map((hold) => jobs.stateOf(hold)));
    for (const [at, hold] of some.entries()) ids[verdictOf(hold, states[at] ?? 'unknown', lagMs)].push(hold.requestId);
  }
  if (ids.extend.length > 0) await reviews.extend(ids.extend);
  if (ids.doubt.length > 0) await reviews.doubt(ids.doubt);
  if (ids.expire.length === 0) return;
  const ended = await reviews.expire(ids.expire);
  holdsEnded.inc({ outcome: 'expired' }, ended.length);
  for (const requestId of ended) log.warn({ requestId }, 'a hold expired: nothing works on its request any more');
}

/** While the usage log does not answer, nothing is known about the records in it. */
async function lagOf(usage: Pick<UsageLog, 'figures'>): Promise<number> {
  try {
    return (await usage.figures()).lagMs;
  } catch {
    return Infinity;
  }
}

/** Looks up the jobs of chats and images; a video has a row instead. */
class JobLookUp {
  #isDown = false;

  constructor(private readonly jobs: Pick<JobProducer, 'state'>) {}

  async stateOf({ requestId, modality, hasRow }: DueHold): Promise<JobState> {
    if (hasRow || modality === 'video') return 'gone';
    // Each look-up waits for two seconds if the queue is down: one is enough in a round.
    if (this.#isDown) return 'unknown';
    const queue: QueueName = modality === 'text' ? 'chat' : 'image';
    try {
      return await this.jobs.state(queue, requestId);
    } catch {
      this.#isDown = true;
      return 'unknown';
    }
  }
}
