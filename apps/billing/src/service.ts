import { ping, type Client } from '@lumenfall/database';
import type { QueueEngine } from '@lumenfall/queue';
import type { ServiceDefinition } from '@lumenfall/service-kit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BillingModule } from './billing.module.js';
import { billingConfiguration, type BillingConfiguration } from './configuration.js';
import { HoldSweep } from './holds/hold-sweep.js';
import { TopUpSweep } from './payments/top-up-sweep.js';
import { DATABASE, QUEUE_ENGINE } from './tokens.js';
import { UsageWorker } from './usage/usage.module.js';

/** The only service that writes money: holds, the ledger, the request history. It also prices dry runs. */
export const billingService: ServiceDefinition<BillingConfiguration> = {
  name: 'billing',
  configuration: billingConfiguration,
  build: async ({ configuration }) => ({
    module: BillingModule,
    listen: { host: configuration.HOST, port: configuration.PORT },
    fastify: { bodyLimit: 4 * 1024 * 1024 },
    ready: (app) => Promise.all([ping(app.get<Client>(DATABASE)), app.get<QueueEngine>(QUEUE_ENGINE).ping()]),
    start: async (app) => {
      part(app, HoldSweep).start();
      part(app, TopUpSweep).start();
      await part(app, UsageWorker).start();
    },
    closeBeforeHttp: [{ name: 'usage worker', run: (app) => part(app, UsageWorker).close() }],
    close: [
      { name: 'hold sweep', run: (app) => part(app, HoldSweep).close() },
      { name: 'top-up sweep', run: (app) => part(app, TopUpSweep).close() },
      { name: 'queue', run: (app) => app.get<QueueEngine>(QUEUE_ENGINE).close() },
      { name: 'database', run: (app) => app.get<Client>(DATABASE).$disconnect() },
    ],
  }),
};

function part<T>(app: NestFastifyApplication, type: new (...parameters: never[]) => T): T {
  return app.get<T>(type, { strict: false });
}
