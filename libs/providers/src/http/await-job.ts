import { setTimeout as sleep } from 'node:timers/promises';
import type { CallContext, Outcome } from '../spec/index.js';
import { failed } from './failures.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
const CANCEL_MS = 5_000;

/** One question about a job that somebody waits for: it runs still, or this is what came of it. */
export type JobNews<T> = { running: true } | { running: false; outcome: Outcome<T> };

export interface AwaitedJob<T> {
  /** A failed outcome says that the question failed, not the job. */
  ask: (context: CallContext) => Promise<Outcome<JobNews<T>>>;
  /** Best effort; called when nobody will fetch what the job makes. Undefined where the provider cannot be asked to. */
  cancel: (context: CallContext) => Promise<Outcome<unknown> | undefined>;
}

/**
 * Asks after a submitted job, slower and slower, until it has ended, the call's whole time is over, its provider has not answered
 * for as long as it may be idle, or the caller has left: all but the first cancel it. A job that nobody hears of and that could not be
 * cancelled may still be at work: that is `ambiguous`.
 */
export async function awaitJob<T>({ ask, cancel }: AwaitedJob<T>, context: CallContext): Promise<Outcome<T>> {
  const { outcome, unheard } = await untilEnded(ask, context);
  if (outcome.ok || !(unheard || outcome.failure.kind === 'cancelled' || outcome.failure.kind === 'timeout')) {
    return outcome;
  }
  // With a signal of its own: the caller's has ended.
  const cancelled = await cancel({ ...context, signal: AbortSignal.timeout(CANCEL_MS) });
  if (!unheard || cancelled?.ok === true) return outcome;
  return failed('ambiguous', 'The provider stopped telling how the work goes: it may be at it still');
}

/** `unheard`: the outcome is that of a question, and says nothing of the job. */
async function untilEnded<T>(
  ask: AwaitedJob<T>['ask'],
  context: CallContext,
): Promise<{ outcome: Outcome<T>; unheard: boolean }> {
  const { wholeMs, idleMs } = context.limits;
  const deadline = Date.now() + wholeMs;
  let heardAt = Date.now();
  for (let pause = FIRST_PAUSE_MS; Date.now() < deadline; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const asked = await ask(context);
    if (asked.ok && !asked.value.running) return { outcome: asked.value.outcome, unheard: false };
    if (asked.ok) heardAt = Date.now();
    else if (asked.failure.kind === 'cancelled' || asked.failure.kind === 'auth') {
      return { outcome: asked, unheard: false };
    } else if (Date.now() - heardAt >= idleMs) return { outcome: asked, unheard: true };
    // An abort ends the pause; the next question then answers `cancelled`.
    await sleep(pause, undefined, { signal: context.signal }).catch(() => undefined);
  }
  return { outcome: failed('timeout', 'The provider took too long to make the image'), unheard: false };
}
