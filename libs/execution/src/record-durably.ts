import { setTimeout as pause } from 'node:timers/promises';
import type { UsageRecord } from '@lumenfall/contracts';
import type { UsageSender } from './usage-sender.js';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Even work that ends at its deadline gets some tries. */
const LEAST_TRYING_MS = 5_000;

export interface TryingOptions {
  /** Unix ms: how long to go on while it fails. */
  until: number;
  onRetry?: (error: unknown) => void;
}

/**
 * Makes the usage record durable. What must be told only after it (the last part of an answer) waits for this promise; it
 * rejects when the queue took nothing until the end, and then that part must not be sent.
 */
export function recordDurably(sender: UsageSender, record: UsageRecord, options: TryingOptions): Promise<void> {
  // The id makes a repetition harmless, also one whose first try arrived without our learning of it.
  return persistently(() => sender.send(record), options);
}

/** Does again what failed, with longer and longer pauses. Rejects as the last try did. */
export async function persistently<T>(work: () => Promise<T>, { until, onRetry }: TryingOptions): Promise<T> {
  const givesUpAt = Math.max(until, Date.now() + LEAST_TRYING_MS);
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() + wait > givesUpAt) throw error;
      onRetry?.(error);
      await pause(wait);
    }
  }
}
