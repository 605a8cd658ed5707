import type { UsageRecord } from '@lumenfall/contracts';
import type { JobProducer } from '@lumenfall/queue';

/** As many as one job carries: a few hundred kilobytes. */
const MOST_PER_JOB = 100;

/** What makes a record durable: resolves when the queue has it. */
export interface UsageSender {
  send(record: UsageRecord): Promise<void>;
}

interface Waiting {
  record: UsageRecord;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Hands records to the queue, one job at a time: what comes while a job is being added goes along with the next. Nobody
 * waits for company, and the busier a worker is, the fewer jobs its records cost.
 */
export class GatheringSender implements UsageSender {
  #waiting: Waiting[] = [];
  #underWay = false;

  constructor(private readonly producer: Pick<JobProducer, 'enqueue'>) {}

  send(record: UsageRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      if (!this.#underWay) void this.#sendAll();
    });
  }

  async #sendAll(): Promise<void> {
    this.#underWay = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_PER_JOB);
      try {
        await this.#enqueue(batch.map(({ record }) => record));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#underWay = false;
  }

  /** Billing knows a record by its request id, so one that is sent twice, alone or in company, counts once. */
  #enqueue(records: UsageRecord[]): Promise<void> {
    const [first, ...others] = records;
    if (first === undefined) return Promise.resolve();
    if (others.length === 0) return this.producer.enqueue('usage.record', first, { id: first.requestId });
    return this.producer.enqueue('usage.records', { records }, { id: `${first.requestId}-and-${others.length}` });
  }
}
