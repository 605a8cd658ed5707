import { setTimeout as pause } from 'node:timers/promises';
import type { SharedStateStore } from '../backend.js';
import { withDeadline } from '../deadline.js';
import type { SharedState } from '../engine.js';
import { QueueUnavailable } from '../queue-errors.js';
import { COMMAND_DEADLINE_MS } from '../settings.js';

/** Racers that lost step back for up to this long, so that one of them gets through. */
const STEP_BACK_MS = 10;

/** The board on what either engine stores it in. Every call rejects with `QueueUnavailable` within about two seconds. */
export function sharedState(store: SharedStateStore): SharedState {
  const command = <T>(what: string, work: Promise<T>): Promise<T> => withDeadline(what, COMMAND_DEADLINE_MS, work);
  return {
    read: () => command('Reading the board', store.read()),

    async update(key, change) {
      const givesUpAt = Date.now() + COMMAND_DEADLINE_MS;
      do {
        const current = await command('Reading the board', store.get(key));
        const next = change(current);
        if (next === current || (await command('Writing to the board', store.replace(key, current, next)))) return next;
        await pause(Math.random() * STEP_BACK_MS);
      } while (Date.now() < givesUpAt);
      throw new QueueUnavailable('Writing to the board: others were faster each time');
    },

    claim: (key, ttlMs) => command('Claiming on the board', store.claim(key, ttlMs)),
  };
}
