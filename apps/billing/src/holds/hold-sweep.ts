import { startPeriodicTask, type PeriodicTask } from '@lumenfall/async';
import type { HoldReviews, LedgerStore } from '@lumenfall/ledger';
import type { QueueEngine } from '@lumenfall/queue';
import { CONFIGURATION, LOG, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { BillingConfiguration } from '../configuration.js';
import { HOLD_REVIEWS, LEDGER, QUEUE_ENGINE } from '../tokens.js';
import { heldMicros, oldestHold, openHolds } from './hold-metrics.js';
import { reviewHolds } from './review-holds.js';

/** Rounds within the time from one review of a hold to the next. */
const ROUNDS_PER_REVIEW = 8;
/** By then a placement that meets a tombstone would be refused as late too. */
const TOMBSTONES_KEPT_MS = 3_600_000;
const SPEND_KEPT_MS = 2 * 3_600_000;
const TIDY_EVERY_MS = 60_000;

/**
 * Reviews holds, and ends those whose request is lost. Now and then deletes old tombstones, and the spend of minutes
 * that no balance counts any more.
 */
@Injectable()
export class HoldSweep {
  readonly #tasks: PeriodicTask[] = [];

  constructor(
    @Inject(HOLD_REVIEWS) private readonly reviews: HoldReviews,
    @Inject(LEDGER) private readonly ledger: LedgerStore,
    @Inject(QUEUE_ENGINE) private readonly engine: QueueEngine,
    @Inject(CONFIGURATION) private readonly configuration: Pick<BillingConfiguration, 'HOLD_REVIEW_MS'>,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  start(): void {
    const everyMs = this.configuration.HOLD_REVIEW_MS / ROUNDS_PER_REVIEW;
    this.#repeat(everyMs, () => this.#review());
    this.#repeat(TIDY_EVERY_MS, () => this.#tidy());
  }

  async close(): Promise<void> {
    await Promise.all(this.#tasks.map((task) => task.close()));
  }

  #repeat(everyMs: number, work: () => Promise<void>): void {
    const onError = (error: unknown): void =>
      this.log.error({ err: error }, 'the sweep of holds failed; the next round tries again');
    this.#tasks.push(startPeriodicTask(work, { everyMs, onError }));
  }

  async #review(): Promise<void> {
    const { reviews, log } = this;
    await reviewHolds({ reviews, jobs: this.engine.producer(), usage: this.engine.usageLog(), log });
    const { count, micros, oldestSeconds } = await reviews.open();
    openHolds.set(count);
    heldMicros.set(micros);
    oldestHold.set(oldestSeconds);
  }

  async #tidy(): Promise<void> {
    await this.reviews.forgetTombstones(TOMBSTONES_KEPT_MS);
    await this.ledger.forgetSpend(new Date(Date.now() - SPEND_KEPT_MS));
  }
}
