import { setTimeout as pause } from 'node:timers/promises';
import type { UsageRecord } from '@lumenfall/contracts';
import type { UsageSender } from './usage-sender.js';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Even work that ends at its deadline gets some tries. */
const LEAST_TRYING_MS = 5_000;

export interface RecordOptions {
  /** Unix ms: how long to go on while the queue does not take the record. */
  until: number;
  onRetry?: (error: unknown) => void;
}

/**
 * Makes the usage record durable. What must be told only after it (the last part of an answer) waits for this promise; it
 * rejects when the queue took nothing until the end, and then that part must not be sent.
 */
export async function recordDurably(
  sender: UsageSender,
  record: UsageRecord,
  { until, onRetry }: RecordOptions,
): Promise<void> {
  const givesUpAt = Math.max(until, Date.now() + LEAST_TRYING_MS);
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      // The id makes a repetition harmless, also one whose first try arrived without our learning of it.
      await sender.send(record);
      return;
    } catch (error) {
      if (Date.now() + wait > givesUpAt) throw error;
      onRetry?.(error);
      await pause(wait);
    }
  }
}
