import { Batcher, deadline, retry } from '@lumenfall/async';
import type { BillingClient } from '@lumenfall/billing-client';
import { MAX_RELEASES, type HoldOwner } from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';

/** Retries of a release, over about ten seconds and the time that billing takes to answer or not. */
const RETRY = { attempts: 7, firstMs: 250, longestMs: 4_000 };
/** Releases that wait for billing; more are left to billing's sweep. */
const MAX_WAITING = 10_000;
/** How long a refused request waits for the release of its hold, so that its repeat finds the balance free. */
const AWAITED_MS = 300;

export type ReleaseTiming = typeof RETRY;

/**
 * Releases the holds of requests that were refused, many in one call, and again if billing does not answer. A release
 * that fails nevertheless is only logged: billing finds that nothing works on the request, and ends the hold.
 */
export class HoldReleases {
  readonly #batches: Batcher<HoldOwner>;
  #waiting = 0;

  constructor(
    billing: Pick<BillingClient, 'release'>,
    private readonly log: Logger,
    timing: ReleaseTiming = RETRY,
  ) {
    const send = async (holds: readonly HoldOwner[]): Promise<void> => {
      const released = await billing.release(holds);
      if (!released.ok) throw new Error(released.error.message);
    };
    this.#batches = new Batcher((holds) => retry(() => send(holds), timing), { maxSize: MAX_RELEASES, concurrency: 4 });
  }

  /** Fulfils when the hold is released, or after a moment; the release then continues. */
  async release(owner: HoldOwner): Promise<void> {
    await deadline(this.#release(owner), AWAITED_MS, () => undefined);
  }

  async #release(owner: HoldOwner): Promise<void> {
    const { requestId } = owner;
    if (this.#waiting >= MAX_WAITING) return this.#leave(requestId, 'too many releases are waiting');
    this.#waiting += 1;
    try {
      await this.#batches.add({ ...owner });
    } catch (error) {
      this.#leave(requestId, error instanceof Error ? error.message : 'unknown');
    } finally {
      this.#waiting -= 1;
    }
  }

  #leave(requestId: string, reason: string): void {
    this.log.warn({ requestId, reason }, 'a hold could not be released; billing ends it when it reviews it');
  }
}
