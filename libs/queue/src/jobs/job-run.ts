import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import type { BullJob } from '../backend.js';
import type { AbortReason, WorkOptions } from '../engine.js';
import { reasonOf } from '../queue-errors.js';
import { ABANDON_RETRY_MS, HAND_BACK_MS, MAX_STALLS, SETTLE_MS } from '../settings.js';
import { CANCELLED_MARK, type Cancellations } from './cancellations.js';
import { readJob } from './read-job.js';

export interface RunPorts extends Pick<WorkOptions, 'handlers' | 'onAbandoned'> {
  cancellations: Cancellations;
  /** Aborts a running job, by its id. */
  running: Map<string, (reason: AbortReason) => void>;
  /** True once the process is shutting down: jobs that still arrive are handed back. */
  closing(): boolean;
  onError(error: Error): void;
}

/**
 * One run of one job. Returns if the job is done; otherwise throws what makes BullMQ retry it after a pause, keep it as
 * failed (given up), or leave it alone because it was handed back.
 */
export async function runJob(job: BullJob, token: string, ports: RunPorts): Promise<void> {
  const id = job.id ?? '';
  if (ports.closing()) return handBack(job, token);
  if (job.data.abandoned !== undefined) return abandon(job, token, job.data.abandoned, ports);

  const readable = readJob(job.name, job.data, ports.handlers);
  if (typeof readable === 'string') return abandon(job, token, readable, ports);
  const { definition, run } = readable;
  if (job.stalledCounter > (definition.restartable ? MAX_STALLS : 0)) {
    return abandon(job, token, `its workers died ${job.stalledCounter} times`, ports);
  }

  const controller = new AbortController();
  const { signal } = controller;
  const abort = (reason: AbortReason): void => controller.abort(reason);
  ports.running.set(id, abort);
  if (job.progress === CANCELLED_MARK || ports.cancellations.has(id)) abort('cancelled');
  const timeLimit = setTimeout(() => abort('timed-out'), definition.timeoutMs);
  const outcome = await settledRun(() => run({ run: job.attemptsStarted, signal }), signal);
  clearTimeout(timeLimit);
  ports.running.delete(id);

  if (outcome.ok) return;
  const reason = abortReasonOf(signal);
  if (reason === 'handed-back') return handBack(job, token);
  if (reason === 'cancelled') return abandon(job, token, `cancelled, then ${reasonOf(outcome.error)}`, ports);
  if (job.attemptsMade + 1 >= definition.attempts) return abandon(job, token, reasonOf(outcome.error), ports);
  throw outcome.error instanceof Error ? outcome.error : new Error(String(outcome.error));
}

/** Moves the job to the front of the queue, for the next free worker. */
async function handBack(job: BullJob, token: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

async function abandon(job: BullJob, token: string, reason: string, ports: RunPorts): Promise<never> {
  try {
    // The mark comes first: after a crash the next worker calls `onAbandoned` again instead of running the job again.
    if (job.data.abandoned === undefined) await job.updateData({ ...job.data, abandoned: reason });
    await ports.onAbandoned?.(job.name, job.data.payload, reason);
  } catch (error) {
    ports.onError(
      new Error(`Giving up job ${job.name} ${job.id ?? ''} failed and is retried: ${reasonOf(error)}`, {
        cause: error,
      }),
    );
    await job.moveToDelayed(Date.now() + ABANDON_RETRY_MS, token);
    throw new DelayedError();
  }
  if (isAnswered(job.data.payload)) await job.updateData({ v: job.data.v, payload: null, abandoned: reason });
  throw new UnrecoverableError(reason);
}

/** Such a request has its answer and its record by now, so its content is not kept. */
function isAnswered(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'replyTo' in payload;
}

export type RunOutcome = { ok: true } | { ok: false; error: unknown };

/** Waits for a handler; once its signal is aborted, no longer than `SETTLE_MS` or, at shutdown, `HAND_BACK_MS`. */
export async function settledRun(run: () => Promise<void>, signal: AbortSignal): Promise<RunOutcome> {
  const ended: Promise<RunOutcome> = run().then(
    () => ({ ok: true }),
    (error: unknown) => ({ ok: false, error }),
  );
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const overdue = new Promise<RunOutcome>((resolve) => {
    onAbort = () => {
      const patience = abortReasonOf(signal) === 'handed-back' ? HAND_BACK_MS : SETTLE_MS;
      timer = setTimeout(
        () => resolve({ ok: false, error: new Error('the handler did not end after its signal was aborted') }),
        patience,
      );
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([ended, overdue]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

/** Null if the run was not aborted. */
export function abortReasonOf(signal: AbortSignal): AbortReason | null {
  return signal.aborted ? (signal.reason as AbortReason) : null;
}
