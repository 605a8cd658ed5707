import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import type { BullJob } from '../backend.js';
import type { AbortReason, WorkOptions } from '../engine.js';
import { reasonOf } from '../queue-errors.js';
import { MAX_STALLS, TELL_AGAIN_MS } from '../settings.js';
import { CANCELLED_MARK } from './cancellations.js';
import type { Cancellations } from './cancellations.js';
import { readJob } from './read-job.js';
import { settledRun, abortReasonOf } from './settled-run.js';

export interface RunSurroundings extends Pick<WorkOptions, 'handlers' | 'onAbandoned'> {
  cancellations: Cancellations;
  /** How to stop each job in hand, by id. */
  inHand: Map<string, (reason: AbortReason) => void>;
  /** True once the process is leaving: what still arrives goes straight back. */
  leaving(): boolean;
  onError(error: Error): void;
}

/**
 * One run of one job. Returns when the job is done; otherwise throws what tells BullMQ how to go on: try again with a pause,
 * keep it as failed (given up), or nothing because the job was handed back.
 */
export async function runJob(job: BullJob, token: string, around: RunSurroundings): Promise<void> {
  const id = job.id ?? '';
  if (around.leaving()) return handBack(job, token);
  if (job.data.abandoned !== undefined) return abandon(job, token, job.data.abandoned, around);

  const readable = readJob(job.name, job.data, around.handlers);
  if (typeof readable === 'string') return abandon(job, token, readable, around);
  const { definition, run } = readable;
  if (job.stalledCounter > (definition.restartable ? MAX_STALLS : 0)) {
    return abandon(job, token, `its workers died ${job.stalledCounter} times`, around);
  }

  const controller = new AbortController();
  const { signal } = controller;
  const stop = (reason: AbortReason): void => controller.abort(reason);
  around.inHand.set(id, stop);
  if (job.progress === CANCELLED_MARK || around.cancellations.has(id)) stop('cancelled');
  const timeLimit = setTimeout(() => stop('timed-out'), definition.timeoutMs);
  const end = await settledRun(() => run({ run: job.attemptsStarted, signal }), signal);
  clearTimeout(timeLimit);
  around.inHand.delete(id);

  if (end.ok) return;
  const stopped = abortReasonOf(signal);
  if (stopped === 'handed-back') return handBack(job, token);
  if (stopped === 'cancelled') return abandon(job, token, `cancelled, then ${reasonOf(end.error)}`, around);
  if (job.attemptsMade + 1 >= definition.attempts) return abandon(job, token, reasonOf(end.error), around);
  throw end.error instanceof Error ? end.error : new Error(String(end.error));
}

/** To the front of the queue, where the next free worker finds it at once. */
async function handBack(job: BullJob, token: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

async function abandon(job: BullJob, token: string, reason: string, around: RunSurroundings): Promise<never> {
  try {
    // First the mark: should this process die now, the next one tells it again instead of running the job again.
    if (job.data.abandoned === undefined) await job.updateData({ ...job.data, abandoned: reason });
    await around.onAbandoned?.(job.name, job.data.payload, reason);
  } catch (error) {
    around.onError(
      new Error(`Giving up job ${job.name} ${job.id ?? ''} failed and is tried again: ${reasonOf(error)}`, {
        cause: error,
      }),
    );
    await job.moveToDelayed(Date.now() + TELL_AGAIN_MS, token);
    throw new DelayedError();
  }
  if (isAnswered(job.data.payload)) await job.updateData({ v: job.data.v, payload: null, abandoned: reason });
  throw new UnrecoverableError(reason);
}

/** The request has its answer and its record by now; what a person wrote is not kept beyond that. */
function isAnswered(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'replyTo' in payload;
}
