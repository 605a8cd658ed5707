import { pause, systemClock, type Clock } from './clock.js';

export interface RetryOptions {
  /** Calls of `work` at most, the first included. Default: no limit. */
  attempts?: number;
  /** Unix ms: no retry starts later. Default: no limit. */
  until?: number;
  /** ms before the first retry; doubled before each further one, up to `longestMs`. */
  firstMs: number;
  longestMs: number;
  /** Called before the pause that precedes a retry. */
  onRetry?: ((error: unknown) => void) | undefined;
  clock?: Clock;
}

/** Calls `work` until it fulfils. Rejects as the last call did once `attempts` or `until` is reached. */
export async function retry<T>(
  work: () => Promise<T>,
  { attempts = Infinity, until = Infinity, firstMs, longestMs, onRetry, clock = systemClock }: RetryOptions,
): Promise<T> {
  let waitMs = firstMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || clock.now() + waitMs > until) throw error;
      onRetry?.(error);
      await pause(waitMs, { clock });
      waitMs = Math.min(waitMs * 2, longestMs);
    }
  }
}
