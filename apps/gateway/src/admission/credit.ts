import {
  apiError,
  fail,
  succeed,
  type ApiError,
  type Balance,
  type HoldOwner,
  type Plan,
  type Result,
} from '@lumenfall/contracts';
import type { BillingClient } from '@lumenfall/billing-client';
import { estimateMicrosOf } from '@lumenfall/metering';
import { ApiFailure, LOG, unwrap, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { BILLING } from '../tokens.js';
import { ExpiringCache } from './expiring-cache.js';
import { HoldReleases } from './hold-releases.js';

/** While billing does not answer, an account whose last known balance was not low may start chats for this long. */
const TRUST_MS = 60_000;

export interface HoldBasis extends HoldOwner {
  plan: Plan;
  /** The job's deadline, Unix ms. */
  deadline: number;
}

/** The credit of an admitted request, with a hold or without. */
export interface AdmittedCredit {
  /**
   * Hands the work over, and releases the hold if the work is not accepted. Refuses it with `OVERLOADED` if the process
   * was halted for so long that billing may have ended the hold by now.
   */
  handOver<T>(work: () => Promise<Result<T>>): Promise<Result<T>>;
}

const WITHOUT_HOLD: AdmittedCredit = { handOver: (work) => work() };
/** The share of a hold's first time in which work may be handed over; the rest is for the handing over itself. */
const HAND_OVER_SHARE = 0.75;

/** Checks that an account can pay for a request, and places holds at billing. */
@Injectable()
export class CreditGate {
  readonly #balances: ExpiringCache<Balance>;
  readonly #releases: HoldReleases;

  constructor(
    @Inject(BILLING) private readonly billing: BillingClient,
    @Inject(LOG) log: Logger,
  ) {
    this.#releases = new HoldReleases(billing, log);
    this.#balances = new ExpiringCache(async (organizationId) => unwrap(await billing.balance(organizationId)), {
      maxEntries: 10_000,
      freshMs: () => 1_000,
      staleMs: 2_000,
    });
  }

  /** Places a hold for a chat only if the balance is low. Errors: `INSUFFICIENT_BALANCE`, `OVERLOADED`. */
  async admitChat(basis: HoldBasis): Promise<Result<AdmittedCredit>> {
    const balance = await this.#balanceOf(basis.organizationId);
    if (!balance.ok) return balance;
    return balance.value.low ? this.hold(basis) : succeed(WITHOUT_HOLD);
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
  async hold({ requestId, organizationId, modality, plan, deadline }: HoldBasis): Promise<Result<AdmittedCredit>> {
    const owner = { requestId, organizationId, modality };
    const placed = await this.billing.hold({ ...owner, amountMicros: estimateMicrosOf(plan), deadline });
    if (!placed.ok) {
      // It may be placed all the same. The refusal does not wait for billing again.
      if (placed.error.code === 'OVERLOADED') void this.release(owner);
      return placed;
    }
    const handOverUntil = performance.now() + HAND_OVER_SHARE * placed.value.keptForMs;
    return succeed({
      handOver: async (work) => {
        const result = performance.now() < handOverUntil ? await work() : fail(halted());
        if (!result.ok) await this.release(owner);
        return result;
      },
    });
  }

  /** Releases the hold of work that was not accepted, also one that is placed only later. It does not fail. */
  release(owner: HoldOwner): Promise<void> {
    return this.#releases.release(owner);
  }
}

const halted = (): ApiError =>
  apiError('OVERLOADED', 'The request cannot be accepted at the moment. Send it again in a few seconds', {
    retryAfterMs: 2_000,
  });
