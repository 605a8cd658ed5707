import { createBillingClient } from '@lumenfall/billing-client';
import { newRequestId } from '@lumenfall/contracts';
import { apiKeyStore } from '@lumenfall/accounts';
import { openClient, ping } from '@lumenfall/database';
import { imageRunStore } from '@lumenfall/image-runs';
import { videoStore } from '@lumenfall/videos';
import { openMediaStore } from '@lumenfall/media';
import type { ProviderEndpoint } from '@lumenfall/providers';
import { openQueueEngine } from '@lumenfall/queue';
import type { ServiceDefinition } from '@lumenfall/service-kit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CreditGate } from './admission/credit.js';
import { OverloadGate } from './admission/overload.js';
import { RejectionRecorder } from './admission/rejections.js';
import { AnswerDesk } from './answers/answer-desk.js';
import { KeyDirectory } from './authentication/key-directory.js';
import { Chats } from './chat/chats.js';
import { gatewayConfiguration, providerEndpoints, type GatewayConfiguration } from './configuration.js';
import { answerUnparsable, answerUnroutable } from './errors/unreadable-request.js';
import { configureHttp, JSON_LIMIT } from './configure-http.js';
import { GatewayModule } from './gateway.module.js';
import { ImagePlanner } from './images/image-planner.js';
import { IdempotentReplay } from './images/idempotent-replay.js';
import { Images } from './images/image-admission.js';
import { ExpirySweep } from './media/expiry-sweep.js';
import { mediaAddressBelow } from './media/media-address.js';
import { LiveCatalog } from './models/live-catalog.js';
import { OpenRouterList } from './models/openrouter-list.js';
import { Videos } from './videos/videos.js';

/** What the last answers get to be written. */
const LAST_WRITES_MS = 1_000;

/** The only public door. */
export const gatewayService: ServiceDefinition<GatewayConfiguration> = {
  name: 'gateway',
  configuration: gatewayConfiguration,

  async build({ configuration, log }) {
    const endpoints = providerEndpoints(configuration);
    const available = endpoints.map(({ provider, sandbox }) => ({ provider, sandbox }));
    const catalog = new LiveCatalog(configuration.CATALOG_DIR ?? null, log);
    const openRouter = endpoints.find(({ provider }) => provider === 'openrouter');
    const list = openRouter && new OpenRouterList(openRouter, catalog, log);
    const { MEDIA_DIR: dir, MEDIA_URL: url } = configuration;
    const media = await openMediaStore({ dir, url });
    const engine = await openQueueEngine(configuration.QUEUE_URL, {
      name: 'gateway',
      onError: (error) => log.error({ err: error }, 'queue'),
    });
    const inbox = await engine.openInbox();
    const producer = engine.producer();
    const client = openClient(configuration.DATABASE_URL, { maxConnections: configuration.DATABASE_CONNECTIONS });
    const database = { apiKeys: apiKeyStore(client), videos: videoStore(client) };
    const imageRuns = imageRunStore(client);
    const billing = createBillingClient({ baseUrl: configuration.BILLING_URL });

    const credit = new CreditGate(billing, log);
    const overload = new OverloadGate((queue) => producer.depth(queue), configuration.MAX_QUEUE_DEPTH);
    const desk = new AnswerDesk(inbox, producer, log);
    const work = { catalog, available, credit, overload, log };
    const replay = new IdempotentReplay({ runs: imageRuns, producer, media, credit, log });
    const sweep = new ExpirySweep(
      { files: () => media.sweep(Date.now()), 'image requests': () => imageRuns.sweep() },
      log,
    );
    let ownUrl = '';
    const addressOf = mediaAddressBelow(() => configuration.PUBLIC_URL ?? ownUrl);
    let closeConnections = (): void => undefined;
    let closing: NodeJS.Timeout | undefined;
    const limitClosing = (graceMs: number): void => {
      closing = setTimeout(() => {
        desk.giveUpAll();
        closing = setTimeout(() => closeConnections(), LAST_WRITES_MS);
      }, graceMs);
    };

    return {
      module: GatewayModule.with({
        billing,
        catalog,
        database,
        media,
        addressOf,
        chats: new Chats({ ...work, desk }),
        imagePlanner: new ImagePlanner({ catalog, available, media, addressOf, alsoFrom: sandboxOrigins(endpoints) }),
        images: new Images({ credit, overload, desk, replay, log }),
        videos: new Videos({ ...work, database, producer }),
        deletion: { videos: database.videos, media, producer, log },
      }),
      listen: { host: configuration.HOST, port: configuration.PORT },
      fastify: {
        bodyLimit: JSON_LIMIT,
        genReqId: () => newRequestId(),
        requestIdHeader: false,
        // Without it Node would answer a request without `Host` by itself, and not in the envelope.
        http: { requireHostHeader: false },
        // A request that arrives on an open connection during a shutdown is still answered.
        return503OnClosing: false,
        frameworkErrors: answerUnroutable,
        clientErrorHandler: answerUnparsable,
        // Base URLs come with and without a slash at their end.
        routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
        // An answer may take its job's whole ten minutes; the request itself may not.
        requestTimeout: 300_000,
        keepAliveTimeout: 75_000,
      },
      configure: (app: NestFastifyApplication) => {
        closeConnections = () => app.getHttpServer().closeAllConnections();
        configureHttp(app, {
          log,
          keys: new KeyDirectory((keyId) => database.apiKeys.find(keyId), log),
          rejections: new RejectionRecorder(producer, log),
          onListening: (url) => (ownUrl = url.replace('127.0.0.1', 'localhost')),
        });
      },
      ready: () => Promise.all([ping(client), engine.ping()]),
      start: async () => {
        sweep.start();
        list?.refresh();
      },
      reload: () => {
        catalog.reload();
        list?.refresh();
      },
      // Closing HTTP waits for the answers in hand; this ends what takes longer than it may.
      stopBeforeHttp: [
        { name: 'limit for the answers in hand', run: async () => limitClosing(configuration.SHUTDOWN_GRACE_MS) },
      ],
      stop: [
        { name: 'limit for the answers in hand', run: async () => clearTimeout(closing) },
        { name: 'expiry sweep', run: async () => sweep.stop() },
        { name: 'list of models', run: async () => list?.stop() },
        { name: 'catalog', run: async () => catalog.stop() },
        { name: 'reply channel', run: () => inbox.close() },
        { name: 'queue', run: () => engine.close() },
        { name: 'billing', run: async () => billing.close() },
        { name: 'media', run: () => media.close() },
        { name: 'database', run: () => client.$disconnect() },
      ],
    };
  },
};

/** What the sandbox serves may be named as an input, as what is on the internet may. */
function sandboxOrigins(endpoints: readonly ProviderEndpoint[]): string[] {
  return [...new Set(endpoints.filter(({ sandbox }) => sandbox).map(({ baseUrl }) => new URL(baseUrl).origin))];
}
