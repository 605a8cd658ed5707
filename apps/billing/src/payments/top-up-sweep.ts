import { startPeriodicTask, type PeriodicTask } from '@lumenfall/async';
import { Inject, Injectable } from '@nestjs/common';
import { PAYMENTS } from '../tokens.js';
import { chargeDue, reconcile, type PaymentParts } from './pay-top-ups.js';

/** One indexed query over the accounts that have automatic top-ups, so settlements do not have to look. */
const DUE_EVERY_MS = 1_000;
const UNFINISHED_EVERY_MS = 5_000;

/** Starts the automatic top-ups that are due, and completes payments whose outcome was not received. */
@Injectable()
export class TopUpSweep {
  #tasks: PeriodicTask[] = [];

  constructor(@Inject(PAYMENTS) private readonly parts: PaymentParts) {}

  start(): void {
    const { parts } = this;
    const onError = (error: unknown): void =>
      parts.log.error({ err: error }, 'the sweep of top-ups failed; the next round tries again');
    this.#tasks = [
      startPeriodicTask(() => chargeDue(parts), { everyMs: DUE_EVERY_MS, onError }),
      startPeriodicTask(() => reconcile(parts), { everyMs: UNFINISHED_EVERY_MS, onError }),
    ];
  }

  async close(): Promise<void> {
    await Promise.all(this.#tasks.map((task) => task.close()));
  }
}
