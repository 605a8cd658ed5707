import { Batcher, retry, systemClock, type Clock } from '@lumenfall/async';
import type { UsageRecord } from '@lumenfall/contracts';
import type { JobProducer } from '@lumenfall/queue';

/** Records of one job: a few hundred kilobytes. */
const MAX_PER_JOB = 100;

/** Fulfils when the queue has the record. */
export interface UsageSender {
  send(record: UsageRecord): Promise<void>;
}

/**
 * Sends records to billing's queue, one job at a time: records that arrive while a job is being added share the next
 * one. Under load a record costs less, and a single one never waits.
 */
export class BatchingUsageSender implements UsageSender {
  readonly #batcher: Batcher<UsageRecord>;

  constructor(producer: Pick<JobProducer, 'enqueue'>) {
    this.#batcher = new Batcher((records) => enqueue(producer, records), { maxSize: MAX_PER_JOB });
  }

  send(record: UsageRecord): Promise<void> {
    return this.#batcher.add(record);
  }
}

/** Billing applies a record once by its request id, however many jobs carry it. */
async function enqueue(producer: Pick<JobProducer, 'enqueue'>, records: readonly UsageRecord[]): Promise<void> {
  const [first, ...others] = records;
  if (first === undefined) return;
  if (others.length === 0) return producer.enqueue('usage.record', first, { id: first.requestId });
  const id = `${first.requestId}-and-${others.length}`;
  return producer.enqueue('usage.records', { records: [...records] }, { id });
}

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
 * rejects, the queue did not take the record and that part must not be sent.
 */
export function recordDurably(sender: UsageSender, record: UsageRecord, options: PersistOptions): Promise<void> {
  // Idempotent by the request id, also after a send that succeeded without an answer.
  return persistently(() => sender.send(record), options);
}

/** Retries `work` with growing pauses. Rejects as the last call did. */
export function persistently<T>(
  work: () => Promise<T>,
  { until, onRetry, clock = systemClock }: PersistOptions,
): Promise<T> {
  const givesUpAt = Math.max(until, clock.now() + MIN_RETRY_MS);
  return retry(work, { until: givesUpAt, firstMs: FIRST_PAUSE_MS, longestMs: LONGEST_PAUSE_MS, onRetry, clock });
}
