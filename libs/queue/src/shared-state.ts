import { pause } from '@lumenfall/async';
import type { SharedStateStore } from './backend.js';
import type { SharedState } from './engine.js';
import { engineCall, QueueUnavailable } from './queue-errors.js';
import { COMMAND_DEADLINE_MS } from './settings.js';

/** After a lost race a writer pauses for up to this long, so that one of them succeeds. */
const MAX_BACKOFF_MS = 10;

/**
 * The shared state on the store of either engine. Every call rejects with `QueueUnavailable` within about two seconds.
 */
export function sharedState(store: SharedStateStore): SharedState {
  const command = <T>(what: string, work: Promise<T>): Promise<T> => engineCall(what, COMMAND_DEADLINE_MS, work);
  return {
    read: () => command('Reading the shared state', store.read()),

    async update(key, change) {
      const givesUpAt = Date.now() + COMMAND_DEADLINE_MS;
      do {
        const current = await command('Reading the shared state', store.get(key));
        const next = change(current);
        if (next === current || (await command('Writing the shared state', store.replace(key, current, next))))
          return next;
        await pause(Math.random() * MAX_BACKOFF_MS);
      } while (Date.now() < givesUpAt);
      throw new QueueUnavailable('Writing the shared state: other processes wrote first each time');
    },

    claim: (key, ttlMs) => command('Claiming a lease', store.claim(key, ttlMs)),
  };
}
