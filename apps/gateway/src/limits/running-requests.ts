import { startPeriodicTask, systemClock, type Clock, type PeriodicTask } from '@lumenfall/async';
import type { LeaseRenewal, LimitCounters } from '@lumenfall/queue';
import { LEASE_MS } from './limit-claims.js';

/** Renews the leases of the requests that this process answers, all in one call. */
export class RunningRequests {
  readonly #renewals = new Map<string, () => LeaseRenewal[]>();
  readonly #task: PeriodicTask;

  constructor(
    private readonly counters: Pick<LimitCounters, 'renew'>,
    onError: (error: unknown) => void,
    clock: Clock = systemClock,
  ) {
    this.#task = startPeriodicTask(() => this.#renew(), { everyMs: LEASE_MS / 3, onError, unref: true, clock });
  }

  /** @param renewals asked at each renewal, until the request is removed */
  add(requestId: string, renewals: () => LeaseRenewal[]): void {
    this.#renewals.set(requestId, renewals);
  }

  remove(requestId: string): void {
    this.#renewals.delete(requestId);
  }

  close(): Promise<void> {
    return this.#task.close();
  }

  async #renew(): Promise<void> {
    const renewals = [...this.#renewals.values()].flatMap((of) => of());
    if (renewals.length > 0) await this.counters.renew(renewals);
  }
}
