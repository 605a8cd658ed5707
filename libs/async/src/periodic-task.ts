import { systemClock, type Clock } from './clock.js';

export interface PeriodicTaskOptions {
  /** ms from the end of one round to the start of the next; a function is called before each round, for jitter. */
  everyMs: number | (() => number);
  /** A round that rejects does not end the task. */
  onError(error: unknown): void;
  /** True: the process may exit while the task waits for its next round. */
  unref?: boolean;
  clock?: Clock;
}

export interface PeriodicTask {
  /** Starts no further round; fulfils when the round that is running, if any, has ended. */
  close(): Promise<void>;
}

/** Runs `work` periodically, for the first time after one period. Rounds never overlap. */
export function startPeriodicTask(
  work: () => Promise<void>,
  { everyMs, onError, unref = false, clock = systemClock }: PeriodicTaskOptions,
): PeriodicTask {
  let closed = false;
  let round: Promise<void> = Promise.resolve();
  let cancel = (): void => undefined;
  const next = (): void => {
    if (closed) return;
    const ms = typeof everyMs === 'number' ? everyMs : everyMs();
    cancel = clock.schedule(ms, () => void (round = work().catch(onError).then(next)), { unref });
  };
  next();
  return {
    close() {
      closed = true;
      cancel();
      return round;
    },
  };
}
