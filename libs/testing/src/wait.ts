import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again every 20 ms until `ask` neither throws nor answers `false`, `null` or `undefined`, and returns that
 * answer. After `ms`, which is for what hangs and not for what is slow, it throws what the last try threw.
 */
export async function eventually<T>(ask: () => T | Promise<T>, ms = 30_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + ms;
  for (;;) {
    let failure: unknown;
    try {
      const answer = await ask();
      if (answer !== false && answer !== null && answer !== undefined) return answer;
      failure = new Error(`Still ${String(answer)} after ${ms} ms`);
    } catch (error) {
      failure = error;
    }
    if (Date.now() >= deadline) throw failure;
    await pause(20);
  }
}

export { pause };
