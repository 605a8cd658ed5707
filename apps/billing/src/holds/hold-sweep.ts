import { startPeriodicTask, type PeriodicTask } from '@lumenfall/async';
import type { HoldStore, LedgerStore } from '@lumenfall/ledger';
import { LOG, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { HOLDS, LEDGER } from '../tokens.js';

const EVERY_MS = 10_000;
const BATCH = 500;
const MAX_BATCHES = 20;
const SPEND_KEPT_MS = 2 * 3_600_000;

/**
 * Marks holds past their time as expired, and deletes the spend of minutes that no balance counts any more. Neither
 * counts by then, so this only tidies up. Each round is bounded; a backlog takes several rounds.
 */
@Injectable()
export class HoldSweep {
  #task: PeriodicTask | undefined;

  constructor(
    @Inject(HOLDS) private readonly holds: HoldStore,
    @Inject(LEDGER) private readonly ledger: LedgerStore,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  start(): void {
    this.#task = startPeriodicTask(() => this.#sweep(), {
      everyMs: EVERY_MS,
      onError: (error) => this.log.error({ err: error }, 'the sweep of holds failed; the next round tries again'),
    });
  }

  async close(): Promise<void> {
    await this.#task?.close();
  }

  async #sweep(): Promise<void> {
    for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
      const expired = await this.holds.expire(BATCH);
      if (expired > 0) this.log.warn({ expired }, 'holds expired before the usage of their requests was recorded');
      if (expired < BATCH) break;
    }
    await this.ledger.forgetSpend(new Date(Date.now() - SPEND_KEPT_MS));
  }
}
