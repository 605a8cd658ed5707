import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 500;

interface TakesJobs<A extends unknown[], R> {
  moveToActive(...args: A): Promise<R>;
}

/**
 * BullMQ's worker asks for the next job again at once when asking failed for another reason than a refused connection (a full
 * Redis, a PostgreSQL that starts up): thousands of failures per second. This makes it wait in between.
 */
export function pausingAfterFailure<A extends unknown[], R, B extends TakesJobs<A, R>>(
  backend: B & TakesJobs<A, R>,
): B {
  const take = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...args: A): Promise<R> => {
    try {
      return await take(...args);
    } catch (error) {
      await pause(PAUSE_MS, undefined, { ref: false });
      throw error;
    }
  };
  return backend;
}
