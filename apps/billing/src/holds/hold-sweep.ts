import type { Database } from '@lumenfall/database';
import type { Logger } from '@lumenfall/service-kit';

const BATCH = 500;
const MAX_BATCHES = 20;
const SPEND_KEPT_MS = 2 * 3_600_000;

/**
 * Marks holds past their time, and drops minutes of spend that no standing looks at: tidying only, as neither counts
 * any more by then. Bounded, so that a backlog is worked off over several runs.
 */
export class HoldSweep {
  private timer: NodeJS.Timeout | undefined;
  private current: Promise<void> = Promise.resolve();
  private running = false;

  constructor(
    private readonly database: Pick<Database, 'holds' | 'ledger'>,
    private readonly log: Logger,
    private readonly intervalMs = 10_000,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      if (this.running) return;
      this.running = true;
      this.current = this.sweep()
        .catch((error: unknown) => this.log.error({ err: error }, 'the sweep of holds failed; it runs again'))
        .finally(() => (this.running = false));
    }, this.intervalMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.current;
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
