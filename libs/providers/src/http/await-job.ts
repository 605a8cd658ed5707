import { setTimeout as sleep } from 'node:timers/promises';
import type { CallContext, Outcome } from '../spec/index.js';
import { failed } from './failures.js';

const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 2_000;
const CANCEL_MS = 5_000;

/** The answer to one poll of a job: it is still running, or it ended with this outcome. */
export type JobPoll<T> = { running: true } | { running: false; outcome: Outcome<T> };

export interface AwaitedJob<T> {
  /** A failed outcome means that the poll failed, not the job. */
  poll: (context: CallContext) => Promise<Outcome<JobPoll<T>>>;
  /** Best effort; called if the result will not be fetched. Returns undefined if the provider cannot cancel jobs. */
  cancel: (context: CallContext) => Promise<Outcome<unknown> | undefined>;
}

export interface JobClock {
  /** Unix ms. */
  now(): number;
  /** Ends early when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const SYSTEM_CLOCK: JobClock = {
  now: Date.now,
  pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};

/**
 * Polls a submitted job, with growing pauses, until it has ended. The job is cancelled if the limit for the whole call
 * is over, if no poll has succeeded for as long as the call may be idle, or if the caller has left. In the second case,
 * a job that cannot be cancelled may still be running: the outcome is then `ambiguous`.
 */
export async function awaitJob<T>(
  { poll, cancel }: AwaitedJob<T>,
  context: CallContext,
  clock: JobClock = SYSTEM_CLOCK,
): Promise<Outcome<T>> {
  const { outcome, unreachable } = await pollUntilEnded(poll, context, clock);
  if (outcome.ok || !(unreachable || outcome.error.kind === 'cancelled' || outcome.error.kind === 'timeout')) {
    return outcome;
  }
  // The caller's signal has ended, so the cancellation has its own.
  const cancelled = await cancel({ ...context, signal: AbortSignal.timeout(CANCEL_MS) });
  if (!unreachable || cancelled?.ok === true) return outcome;
  return failed('ambiguous', 'The provider stopped answering questions about the job, which may still be running');
}

/** `unreachable`: the outcome is that of a poll, and does not describe the job. */
async function pollUntilEnded<T>(
  poll: AwaitedJob<T>['poll'],
  context: CallContext,
  clock: JobClock,
): Promise<{ outcome: Outcome<T>; unreachable: boolean }> {
  const { wholeMs, idleMs } = context.limits;
  const deadline = clock.now() + wholeMs;
  let answeredAt = clock.now();
  for (let pause = FIRST_PAUSE_MS; clock.now() < deadline; pause = Math.min(pause * 1.5, MAX_PAUSE_MS)) {
    const polled = await poll(context);
    if (polled.ok && !polled.value.running) return { outcome: polled.value.outcome, unreachable: false };
    if (polled.ok) answeredAt = clock.now();
    else if (polled.error.kind === 'cancelled' || polled.error.kind === 'auth') {
      return { outcome: polled, unreachable: false };
    } else if (clock.now() - answeredAt >= idleMs) return { outcome: polled, unreachable: true };
    // After an abort the next poll returns `cancelled`.
    await clock.pause(pause, context.signal);
  }
  return { outcome: failed('timeout', 'The provider took too long to make the image'), unreachable: false };
}
