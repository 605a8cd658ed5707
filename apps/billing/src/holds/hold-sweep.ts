import { startPeriodicTask, type PeriodicTask } from '@lumenfall/async';
import type { HoldStore, LedgerStore } from '@lumenfall/ledger';
import type { Logger } from '@lumenfall/service-kit';

const BATCH = 500;
const MAX_BATCHES = 20;
const SPEND_KEPT_MS = 2 * 3_600_000;

/**
 * Marks holds past their time, and drops minutes of spend that no standing looks at: tidying only, as neither counts
 * any more by then. Bounded, so that a backlog is worked off over several runs.
 */
export class HoldSweep {
  private task: PeriodicTask | undefined;

  constructor(
    private readonly database: { holds: HoldStore; ledger: LedgerStore },
    private readonly log: Logger,
    private readonly intervalMs = 10_000,
  ) {}

  start(): void {
    this.task = startPeriodicTask(() => this.sweep(), {
      everyMs: this.intervalMs,
      onError: (error) => this.log.error({ err: error }, 'the sweep of holds failed; it runs again'),
    });
  }

  async stop(): Promise<void> {
    await this.task?.close();
  }

  private async sweep(): Promise<void> {
    for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
      const expired = await this.database.holds.expire(BATCH);
      if (expired > 0) this.log.warn({ expired }, 'holds expired before their requests were recorded');
      if (expired < BATCH) break;
    }
    await this.database.ledger.forgetSpend(new Date(Date.now() - SPEND_KEPT_MS));
  }
}
