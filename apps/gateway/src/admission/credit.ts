import { fail, succeed, type Plan, type Result, type Balance } from '@lumenfall/contracts';
import type { BillingClient } from '@lumenfall/billing-client';
import { estimateMicrosOf } from '@lumenfall/metering';
import type { Logger } from '@lumenfall/service-kit';
import { ApiFailure, unwrap } from '../errors/api-failure.js';
import { ExpiringCache } from './expiring-cache.js';

/** How long after the deadline of its work a hold frees its amount by itself: time for a late record to settle it. */
const HOLD_MARGIN_MS = 300_000;

/** While billing does not answer, an account that was last seen well above its floor may go on chatting for this long. */
const TRUST_MS = 60_000;

export interface HoldBasis {
  requestId: string;
  organizationId: string;
  plan: Plan;
  /** Unix ms of the work's own deadline. */
  deadline: number;
}

/** Whether an account can pay for what it asks. Holds are taken at billing, which alone can do it atomically. */
export class CreditGate {
  readonly #standings: ExpiringCache<Balance>;

  constructor(
    private readonly billing: BillingClient,
    private readonly log: Logger,
  ) {
    this.#standings = new ExpiringCache(async (organizationId) => unwrap(await billing.standing(organizationId)), {
      maxEntries: 10_000,
      freshMs: () => 1_000,
      staleMs: 2_000,
    });
  }

  /**
   * A chat needs a hold of its own only where the balance is low. Errors: `INSUFFICIENT_BALANCE`, `OVERLOADED`. The value says
   * whether a hold was taken.
   */
  async admitChat(basis: HoldBasis): Promise<Result<boolean>> {
    const standing = await this.#standing(basis.organizationId);
    if (!standing.ok) return standing;
    if (!standing.value.low) return succeed(false);
    const held = await this.hold(basis);
    return held.ok ? succeed(true) : held;
  }

  async #standing(organizationId: string): Promise<Result<Balance>> {
    try {
      return succeed(await this.#standings.get(organizationId));
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      const last = this.#standings.peek(organizationId);
      return last !== null && !last.value.low && last.ageMs < TRUST_MS ? succeed(last.value) : fail(error.error);
    }
  }

  /** Takes the plan's estimate. Errors: `INSUFFICIENT_BALANCE`, `OVERLOADED`. */
  hold(basis: HoldBasis): Promise<Result<void>> {
    return this.billing.hold({
      requestId: basis.requestId,
      organizationId: basis.organizationId,
      amountMicros: estimateMicrosOf(basis.plan),
      expiresAt: basis.deadline + HOLD_MARGIN_MS,
    });
  }

  /** For work that was refused after its hold. A failure is only logged: the hold expires. */
  async release(requestId: string): Promise<void> {
    const released = await this.billing.release(requestId);
    if (!released.ok)
      this.log.warn({ requestId, code: released.error.code }, 'a hold was not released and will expire');
  }
}
