import { fail, succeed, type Plan, type Result, type Balance } from '@lumenfall/contracts';
import type { BillingClient } from '@lumenfall/billing-client';
import { estimateMicrosOf } from '@lumenfall/metering';
import { ApiFailure, LOG, unwrap, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { BILLING } from '../tokens.js';
import { ExpiringCache } from './expiring-cache.js';

/** How long after its job's deadline a hold expires: time for a late usage record to settle it. */
const HOLD_MARGIN_MS = 300_000;

/** While billing does not answer, an account whose last known balance was not low may start chats for this long. */
const TRUST_MS = 60_000;

export interface HoldBasis {
  requestId: string;
  organizationId: string;
  plan: Plan;
  /** The job's deadline, Unix ms. */
  deadline: number;
}

/** Checks that an account can pay for a request, and places holds at billing. */
@Injectable()
export class CreditGate {
  readonly #balances: ExpiringCache<Balance>;

  constructor(
    @Inject(BILLING) private readonly billing: BillingClient,
    @Inject(LOG) private readonly log: Logger,
  ) {
    this.#balances = new ExpiringCache(async (organizationId) => unwrap(await billing.balance(organizationId)), {
      maxEntries: 10_000,
      freshMs: () => 1_000,
      staleMs: 2_000,
    });
  }

  /**
   * Places a hold for a chat only if the balance is low. Returns whether a hold was placed. Errors:
   * `INSUFFICIENT_BALANCE`, `OVERLOADED`.
   */
  async admitChat(basis: HoldBasis): Promise<Result<boolean>> {
    const balance = await this.#balanceOf(basis.organizationId);
    if (!balance.ok) return balance;
    if (!balance.value.low) return succeed(false);
    const held = await this.hold(basis);
    return held.ok ? succeed(true) : held;
  }

  async #balanceOf(organizationId: string): Promise<Result<Balance>> {
    try {
      return succeed(await this.#balances.get(organizationId));
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      const last = this.#balances.peek(organizationId);
      return last !== null && !last.value.low && last.ageMs < TRUST_MS ? succeed(last.value) : fail(error.error);
    }
  }

  /** Places a hold for the plan's estimate. Errors: `INSUFFICIENT_BALANCE`, `OVERLOADED`. */
  hold(basis: HoldBasis): Promise<Result<void>> {
    return this.billing.hold({
      requestId: basis.requestId,
      organizationId: basis.organizationId,
      amountMicros: estimateMicrosOf(basis.plan),
      expiresAt: basis.deadline + HOLD_MARGIN_MS,
    });
  }

  /** Releases the hold of work that was not accepted. A failure is only logged: the hold expires. */
  async release(requestId: string): Promise<void> {
    const released = await this.billing.release(requestId);
    if (!released.ok)
      this.log.warn({ requestId, code: released.error.code }, 'a hold could not be released; it will expire');
  }
}
