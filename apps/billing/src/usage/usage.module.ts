import { Batcher } from '@lumenfall/async';
import type { UsageRecord } from '@lumenfall/contracts';
import { ping, type Client } from '@lumenfall/database';
import type { LedgerStore } from '@lumenfall/ledger';
import type { QueueEngine, WorkerHost } from '@lumenfall/queue';
import { CONFIGURATION, LOG, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable, Module } from '@nestjs/common';
import type { BillingConfiguration } from '../configuration.js';
import { DATABASE, LEDGER, QUEUE_ENGINE } from '../tokens.js';
import { recordUsage } from './record-usage.js';

/** Takes usage records from the queue and applies them in batches. */
@Injectable()
export class UsageWorker {
  #host: WorkerHost | undefined;

  constructor(
    @Inject(QUEUE_ENGINE) private readonly engine: QueueEngine,
    @Inject(DATABASE) private readonly client: Client,
    @Inject(LEDGER) private readonly ledger: LedgerStore,
    @Inject(CONFIGURATION) private readonly configuration: BillingConfiguration,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  async start(): Promise<void> {
    const { ledger, log } = this;
    const ports = { ledger, log, ping: () => ping(this.client) };
    const batcher = new Batcher<UsageRecord>((records) => recordUsage(records, ports), {
      maxSize: 100,
      // No client waits for a record, and committing a dozen costs little more than committing one.
      maxWaitMs: 50,
      // While one batch waits for the disk, the next is priced and sent.
      concurrency: 2,
    });
    this.#host = await this.engine.work({
      queue: 'usage',
      concurrency: this.configuration.USAGE_CONCURRENCY,
      handlers: {
        'usage.record': (record) => batcher.add(record),
        // If one record fails, the job is delivered again; records that were applied are not applied twice.
        'usage.records': async ({ records }) => void (await Promise.all(records.map((record) => batcher.add(record)))),
      },
      onAbandoned: async (name, _payload, reason) =>
        log.error({ job: name, reason }, 'a usage record failed every attempt; its job is kept in the queue'),
    });
  }

  /** Takes no further records, and waits for those being applied. */
  async close(): Promise<void> {
    await this.#host?.close(this.configuration.SHUTDOWN_GRACE_MS);
  }
}

@Module({ providers: [UsageWorker] })
export class UsageModule {}
