import { retry, systemClock, type Clock } from '@lumenfall/async';
import type { UsageRecord } from '@lumenfall/contracts';
import type { UsageAppender } from '@lumenfall/queue';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Work that ends at its deadline is retried too. */
const MIN_RETRY_MS = 5_000;

export interface PersistOptions {
  /** Unix ms: how long to retry, at least five seconds from now. */
  until: number;
  onRetry?: (error: unknown) => void;
  clock?: Clock;
}

/**
 * Makes the usage record durable. The last part of an answer must be sent only after this promise fulfils; if it
 * rejects, the usage log did not take the record and that part must not be sent.
 */
export function recordDurably(usage: UsageAppender, record: UsageRecord, options: PersistOptions): Promise<void> {
  // Idempotent by the request id, also after an append that succeeded without an answer.
  return persistently(() => usage.append(record), options);
}

/** Retries `work` with growing pauses. Rejects as the last call did. */
export function persistently<T>(
  work: () => Promise<T>,
  { until, onRetry, clock = systemClock }: PersistOptions,
): Promise<T> {
  const givesUpAt = Math.max(until, clock.now() + MIN_RETRY_MS);
  return retry(work, { until: givesUpAt, firstMs: FIRST_PAUSE_MS, longestMs: LONGEST_PAUSE_MS, onRetry, clock });
}
