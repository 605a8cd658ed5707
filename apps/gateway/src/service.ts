import type { BillingClient } from '@lumenfall/billing-client';
import { newRequestId } from '@lumenfall/contracts';
import { ping, type Client } from '@lumenfall/database';
import type { MediaStore } from '@lumenfall/media';
import type { QueueEngine, ReplyInbox } from '@lumenfall/queue';
import type { ServiceDefinition, ShutdownStep } from '@lumenfall/service-kit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AdminModule } from './admin/admin.module.js';
import { AwaitedJobs } from './answers/awaited-jobs.js';
import { gatewayConfiguration, type GatewayConfiguration } from './configuration.js';
import { configureHttp, JSON_LIMIT } from './configure-http.js';
import { answerUnparsable, answerUnroutable } from './errors/unreadable-request.js';
import { GatewayModule } from './gateway.module.js';
import { RunningRequests } from './limits/running-requests.js';
import { ExpirySweep } from './media/expiry-sweep.js';
import { ImportedPrices } from './models/imported-prices.js';
import { LiveCatalog } from './models/live-catalog.js';
import { OpenRouterList } from './models/openrouter-list.js';
import { BILLING, DATABASE, INBOX, MEDIA, QUEUE_ENGINE } from './tokens.js';

/** How long the last answers may take to be written once their waits have ended. */
const LAST_WRITES_MS = 1_000;

/** The only service with a public API. */
export const gatewayService: ServiceDefinition<GatewayConfiguration> = {
  name: 'gateway',
  configuration: gatewayConfiguration,

  async build({ configuration }) {
    const limit = closingLimit(configuration.SHUTDOWN_GRACE_MS);
    return {
      module: configuration.ADMIN_TOKEN ? { module: GatewayModule, imports: [AdminModule] } : GatewayModule,
      listen: { host: configuration.HOST, port: configuration.PORT },
      fastify: fastifyOptions,
      configure: configureHttp,
      ready: (app) => Promise.all([ping(app.get<Client>(DATABASE)), app.get<QueueEngine>(QUEUE_ENGINE).ping()]),
      start: async (app) => {
        await part(app, ImportedPrices).start();
        part(app, ExpirySweep).start();
        part(app, OpenRouterList).refresh();
      },
      reload: (app) => {
        part(app, LiveCatalog).reload();
        part(app, OpenRouterList).refresh();
      },
      closeBeforeHttp: [limit.start],
      close: [limit.end, ...closing],
    };
  },
};

const fastifyOptions = {
  bodyLimit: JSON_LIMIT,
  genReqId: () => newRequestId(),
  requestIdHeader: false as const,
  // Otherwise Node itself answers a request without `Host`, without the error envelope.
  http: { requireHostHeader: false },
  // A request that arrives on an open connection during a shutdown is still answered.
  return503OnClosing: false,
  frameworkErrors: answerUnroutable,
  clientErrorHandler: answerUnparsable,
  // Clients configure base URLs with and without a trailing slash.
  routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
  // Limits the time to receive a request. An answer may take as long as its job, up to ten minutes.
  requestTimeout: 300_000,
  keepAliveTimeout: 75_000,
};

/** Explicit, because the order matters: Nest's shutdown hooks of one phase run without a defined order. */
const closing: ShutdownStep[] = [
  { name: 'expiry sweep', run: async (app) => part(app, ExpirySweep).close() },
  { name: 'imported prices', run: (app) => part(app, ImportedPrices).close() },
  { name: 'list of models', run: async (app) => part(app, OpenRouterList).close() },
  { name: 'catalog', run: (app) => part(app, LiveCatalog).close() },
  { name: 'leases', run: (app) => part(app, RunningRequests).close() },
  { name: 'reply channel', run: (app) => app.get<ReplyInbox>(INBOX).close() },
  { name: 'queue', run: (app) => app.get<QueueEngine>(QUEUE_ENGINE).close() },
  { name: 'billing', run: async (app) => app.get<BillingClient>(BILLING).close() },
  { name: 'media', run: (app) => app.get<MediaStore>(MEDIA).close() },
  { name: 'database', run: (app) => app.get<Client>(DATABASE).$disconnect() },
];

/** Closing HTTP waits for running answers. This ends them after `graceMs`, and their connections a second later. */
function closingLimit(graceMs: number): { start: ShutdownStep; end: ShutdownStep } {
  let timer: NodeJS.Timeout | undefined;
  const name = 'limit for running answers';
  return {
    start: {
      name,
      run: async (app) => {
        timer = setTimeout(() => {
          part(app, AwaitedJobs).abandonAll();
          timer = setTimeout(() => app.getHttpServer().closeAllConnections(), LAST_WRITES_MS);
        }, graceMs);
      },
    },
    end: { name, run: async () => clearTimeout(timer) },
  };
}

function part<T>(app: NestFastifyApplication, type: new (...parameters: never[]) => T): T {
  return app.get<T>(type, { strict: false });
}
