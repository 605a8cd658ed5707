import { setTimeout as sleep } from 'node:timers/promises';
import type { CallContext, Outcome } from '../spec/index.js';
import { failed } from './failures.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** Questions in a row that may fail before the job is given up. */
const PATIENCE = 5;
const CANCEL_MS = 5_000;

/** One question about a job that somebody waits for: it runs still, or this is what came of it. */
export type JobNews<T> = { running: true } | { running: false; outcome: Outcome<T> };

export interface AwaitedJob<T> {
  /** A failed outcome says that the question failed, not the job. */
  ask: (context: CallContext) => Promise<Outcome<JobNews<T>>>;
  /** Best effort; called when nobody will fetch what the job makes. */
  cancel: (context: CallContext) => Promise<unknown>;
}

/**
 * Asks after a submitted job, slower and slower, until it has ended, the call's whole time is over, or the caller has left: the
 * last two cancel it.
 */
export async function awaitJob<T>({ ask, cancel }: AwaitedJob<T>, context: CallContext): Promise<Outcome<T>> {
  const outcome = await untilEnded(ask, context);
  if (!outcome.ok && (outcome.failure.kind === 'cancelled' || outcome.failure.kind === 'timeout')) {
    // With a signal of its own: the caller's has ended.
    await cancel({ ...context, signal: AbortSignal.timeout(CANCEL_MS) });
  }
  return outcome;
}

async function untilEnded<T>(ask: AwaitedJob<T>['ask'], context: CallContext): Promise<Outcome<T>> {
  const deadline = Date.now() + context.limits.wholeMs;
  let failures = 0;
  for (let pause = FIRST_PAUSE_MS; Date.now() < deadline; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const asked = await ask(context);
    if (asked.ok && !asked.value.running) return asked.value.outcome;
    failures = asked.ok ? 0 : failures + 1;
    if (!asked.ok && (asked.failure.kind === 'cancelled' || asked.failure.kind === 'auth' || failures >= PATIENCE)) {
      return asked;
    }
    // An abort ends the pause; the next question then answers `cancelled`.
    await sleep(pause, undefined, { signal: context.signal }).catch(() => undefined);
  }
  return failed('timeout', 'The provider took too long to make the image');
}
