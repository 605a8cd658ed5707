import type { PeriodicTask } from '@lumenfall/async';
import { ping, type Client } from '@lumenfall/database';
import type { LedgerStore } from '@lumenfall/ledger';
import type { QueueEngine, WorkerHost } from '@lumenfall/queue';
import { CONFIGURATION, LOG, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable, Module } from '@nestjs/common';
import type { BillingConfiguration } from '../configuration.js';
import { DATABASE, LEDGER, QUEUE_ENGINE } from '../tokens.js';
import { SetAsideController } from './set-aside.controller.js';
import { Settlement } from './settlement.js';
import { watchUsageLog } from './usage-metrics.js';

const OLD_JOBS_AT_ONCE = 50;

/** Takes usage records from the log and applies them in batches. */
@Injectable()
export class UsageWorker {
  #settlement: Settlement | undefined;
  #oldJobs: WorkerHost | undefined;
  #watch: PeriodicTask | undefined;

  constructor(
    @Inject(QUEUE_ENGINE) private readonly engine: QueueEngine,
    @Inject(DATABASE) private readonly client: Client,
    @Inject(LEDGER) private readonly ledger: LedgerStore,
    @Inject(CONFIGURATION) private readonly configuration: BillingConfiguration,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  async start(): Promise<void> {
    const { engine, ledger, log, client } = this;
    const usageLog = engine.usageLog();
    this.#settlement = new Settlement(await usageLog.openReader(), { ledger, log, ping: () => ping(client) });
    this.#settlement.start();
    this.#watch = watchUsageLog(usageLog, log);
    // Records were jobs before there was a log: they join it. See docs/decisions/22-usage-log.md.
    this.#oldJobs = await engine.work({
      queue: 'usage',
      concurrency: OLD_JOBS_AT_ONCE,
      handlers: {
        'usage.record': (record) => usageLog.append(record),
        'usage.records': ({ records }) => usageLog.append(...records),
      },
      onAbandoned: async (name, _payload, reason) =>
        log.error({ job: name, reason }, 'a usage record of an older version cannot be read; its job is kept'),
    });
  }

  /** Takes no further records, and waits for those being applied. */
  async close(): Promise<void> {
    const graceMs = this.configuration.SHUTDOWN_GRACE_MS;
    await Promise.all([this.#oldJobs?.close(graceMs), this.#settlement?.close(graceMs), this.#watch?.close()]);
  }
}

@Module({ controllers: [SetAsideController], providers: [UsageWorker] })
export class UsageModule {}
