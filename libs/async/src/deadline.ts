import { systemClock, type Clock } from './clock.js';

/**
 * Settles as `work` does; if `work` is still pending after `ms`, settles as `onLate` does, which returns a fallback or
 * throws. The work itself is not cancelled.
 */
export async function deadline<T, F = never>(
  work: Promise<T>,
  ms: number,
  onLate: () => F,
  clock: Clock = systemClock,
): Promise<T | F> {
  let cancel: (() => void) | undefined;
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.schedule(ms, () => resolve('late'));
  });
  try {
    const first = await Promise.race([work.then((value) => ({ value })), late]);
    return first === 'late' ? onLate() : first.value;
  } finally {
    cancel?.();
  }
}
