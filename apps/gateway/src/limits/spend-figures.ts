import type { SpendReader } from '@lumenfall/accounts';
import type { LimitCounters } from '@lumenfall/queue';
import { periodsAt, spendBucketOf, type AppliedLimits } from './limit-claims.js';

/**
 * Brings the spend of the ledger into the counters. The counters are never added up to it: each time the figures of the
 * ledger replace the earlier ones, and the reservations of the requests that they include end in the same step. So
 * figure and reservations together are never less than what was spent, however old the figure is.
 */
export class SpendFigures {
  readonly #running = new Map<string, Promise<void>>();

  constructor(
    private readonly counters: Pick<LimitCounters, 'leases' | 'settle'>,
    private readonly spend: SpendReader,
  ) {}

  /** Settles those of the buckets that belong to the spend limits of a request. @param now Unix ms */
  async settle(buckets: readonly string[], { keyId, organizationId }: AppliedLimits, now: number): Promise<void> {
    const owners = new Map([
      [spendBucketOf('key', keyId), keyId],
      [spendBucketOf('organization', organizationId), null],
    ]);
    const due = [...owners].filter(([bucket]) => buckets.includes(bucket));
    await Promise.all(
      due.map(([bucket, owner]) => this.#once(bucket, () => this.#settle(bucket, organizationId, owner, now))),
    );
  }

  /** Requests that need the same figures share one query. */
  #once(bucket: string, work: () => Promise<void>): Promise<void> {
    const running = this.#running.get(bucket) ?? work().finally(() => this.#running.delete(bucket));
    this.#running.set(bucket, running);
    return running;
  }

  async #settle(bucket: string, organizationId: string, keyId: string | null, now: number): Promise<void> {
    const { day, month } = periodsAt(now);
    // The reservations first: those that end meanwhile are in the figures then.
    const requestIds = await this.counters.leases(bucket);
    const spend = await this.spend.read({ organizationId, keyId, day: day.start, month: month.start, requestIds });
    const figures = { [day.name]: spend.dayMicros, [month.name]: spend.monthMicros };
    await this.counters.settle(bucket, { figures, included: spend.recorded });
  }
}
