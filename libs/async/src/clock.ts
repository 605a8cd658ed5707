/** Time as the functions of this library see it; a test passes a clock of its own instead of waiting. */
export interface Clock {
  /** Unix ms */
  now(): number;
  /** Calls `callback` once after `ms`, unless the returned function is called before. */
  schedule(ms: number, callback: () => void, options?: { unref?: boolean }): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(ms, callback, { unref = false } = {}) {
    const timer = setTimeout(callback, ms);
    if (unref) timer.unref();
    return () => clearTimeout(timer);
  },
};

export interface PauseOptions {
  /** Ends the pause early; the pause is then fulfilled, not rejected. */
  signal?: AbortSignal;
  /** True: the process may exit before the pause has ended. */
  unref?: boolean;
  clock?: Clock;
}

/** Fulfils after `ms`, or as soon as `signal` is aborted. */
export function pause(ms: number, { signal, unref = false, clock = systemClock }: PauseOptions = {}): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.schedule(ms, end, { unref });
    signal?.addEventListener('abort', end, { once: true });
  });
}
