import { startPeriodicTask, type PeriodicTask } from '@lumenfall/async';
import type { LimitCounters } from '@lumenfall/queue';
import { LEASE_MS } from './limit-claims.js';

/** Renews the leases of the requests that this process answers, all in one call. */
export class RunningRequests {
  /** Buckets by request id. */
  readonly #leases = new Map<string, readonly string[]>();
  readonly #task: PeriodicTask;

  constructor(
    private readonly counters: Pick<LimitCounters, 'renew'>,
    onError: (error: unknown) => void,
  ) {
    this.#task = startPeriodicTask(() => this.#renew(), { everyMs: LEASE_MS / 3, onError, unref: true });
  }

  add(requestId: string, buckets: readonly string[]): void {
    if (buckets.length > 0) this.#leases.set(requestId, [...new Set(buckets)]);
  }

  remove(requestId: string): void {
    this.#leases.delete(requestId);
  }

  close(): Promise<void> {
    return this.#task.close();
  }

  async #renew(): Promise<void> {
    const renewals = [...this.#leases].flatMap(([requestId, buckets]) =>
      buckets.map((bucket) => ({ bucket, requestId, ttlMs: LEASE_MS })),
    );
    if (renewals.length > 0) await this.counters.renew(renewals);
  }
}
