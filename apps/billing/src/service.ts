import { Batcher } from '@lumenfall/async';
import type { UsageRecord } from '@lumenfall/contracts';
import { openClient, ping } from '@lumenfall/database';
import { historyStore, holdStore, ledgerStore } from '@lumenfall/ledger';
import { isDecimalString, usdToMicros } from '@lumenfall/money';
import { openQueueEngine, type WorkerHost } from '@lumenfall/queue';
import {
  databaseUrlVariable,
  graceShape,
  integerVariable,
  listenShape,
  logShape,
  queueUrlVariable,
  type ServiceDefinition,
} from '@lumenfall/service-kit';
import { z } from 'zod';
import { EnvelopeFilter } from './answers/envelope-filter.js';
import { BillingModule } from './billing.module.js';
import { HoldSweep } from './holds/hold-sweep.js';
import { recordUsage } from './usage/record-usage.js';

const configurationSchema = z.object({
  ...listenShape,
  ...logShape,
  ...graceShape,
  DATABASE_URL: databaseUrlVariable,
  QUEUE_URL: queueUrlVariable,
  QUEUE_STALL_MS: integerVariable(15_000, { min: 1_000, max: 3_600_000 }),
  DATABASE_CONNECTIONS: integerVariable(10, { min: 2, max: 500 }),
  /** Usage records in hand at once: as many can share a transaction. */
  USAGE_CONCURRENCY: integerVariable(200, { min: 1, max: 10_000 }),
  /** Below this an account's every chat is checked before it starts. */
  LOW_BALANCE_FLOOR_USD: z
    .string()
    .refine(isDecimalString, 'expected an amount such as "1" or "0.50"')
    .default('1')
    .transform((usd) => usdToMicros(usd)),
});

/** Owns money: holds, the ledger, the history of requests; prices dry runs. */
export const billingService: ServiceDefinition<z.infer<typeof configurationSchema>> = {
  name: 'billing',
  configuration: configurationSchema,
  async build({ configuration, log }) {
    const engine = await openQueueEngine(configuration.QUEUE_URL, {
      name: 'billing',
      stallMs: configuration.QUEUE_STALL_MS,
      onError: (error) => log.error({ err: error }, 'queue'),
    });
    const client = openClient(configuration.DATABASE_URL, { maxConnections: configuration.DATABASE_CONNECTIONS });
    const database = { ledger: ledgerStore(client), holds: holdStore(client), history: historyStore(client) };
    const sweep = new HoldSweep(database, log);
    const ports = { ledger: database.ledger, ping: () => ping(client), log };
    // Two at a time: while one waits for the disk, the next is priced and sent.
    const batcher = new Batcher<UsageRecord>((records) => recordUsage(records, ports), {
      maxSize: 100,
      // Nobody waits for a record; a commit for a dozen of them costs little more than for one.
      maxWaitMs: 50,
      concurrency: 2,
    });
    let host: WorkerHost | undefined;

    return {
      module: BillingModule.with({ database, lowBalanceFloor: configuration.LOW_BALANCE_FLOOR_USD }),
      listen: { host: configuration.HOST, port: configuration.PORT },
      fastify: { bodyLimit: 4 * 1024 * 1024 },
      configure: (app) => void app.useGlobalFilters(new EnvelopeFilter(log)),
      ready: () => Promise.all([ping(client), engine.ping()]),
      start: async () => {
        sweep.start();
        host = await engine.work({
          queue: 'usage',
          concurrency: configuration.USAGE_CONCURRENCY,
          handlers: {
            'usage.record': (record) => batcher.add(record),
            // One that fails brings all back; those that were applied are known by then.
            'usage.records': async ({ records }) =>
              void (await Promise.all(records.map((record) => batcher.add(record)))),
          },
          onAbandoned: async (name, _payload, reason) =>
            log.error({ job: name, reason }, 'a usage record was given up; it is kept'),
        });
      },
      stopBeforeHttp: [{ name: 'records in hand', run: async () => host?.close(configuration.SHUTDOWN_GRACE_MS) }],
      stop: [
        { name: 'hold sweep', run: () => sweep.stop() },
        { name: 'queue', run: () => engine.close() },
        { name: 'database', run: () => client.$disconnect() },
      ],
    };
  },
};
