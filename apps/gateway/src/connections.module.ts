import { apiKeyStore } from '@lumenfall/accounts';
import { createBillingClient } from '@lumenfall/billing-client';
import { openClient, type Client } from '@lumenfall/database';
import { imageRunStore } from '@lumenfall/image-runs';
import { openMediaStore } from '@lumenfall/media';
import { payloadStore } from '@lumenfall/payloads';
import { openQueueEngine, type QueueEngine } from '@lumenfall/queue';
import { CONFIGURATION, LOG, type Logger } from '@lumenfall/service-kit';
import { videoStore } from '@lumenfall/videos';
import { Global, Module, type Provider } from '@nestjs/common';
import type { GatewayConfiguration } from './configuration.js';
import {
  API_KEYS,
  BILLING,
  DATABASE,
  IMAGE_RUNS,
  INBOX,
  LIMIT_COUNTERS,
  MEDIA,
  PAYLOADS,
  PRODUCER,
  QUEUE_ENGINE,
  USAGE,
  VIDEO_STORE,
} from './tokens.js';

const connections: Provider[] = [
  {
    provide: QUEUE_ENGINE,
    inject: [CONFIGURATION, LOG],
    useFactory: ({ QUEUE_URL }: GatewayConfiguration, log: Logger) =>
      openQueueEngine(QUEUE_URL, { name: 'gateway', onError: (error) => log.error({ err: error }, 'queue error') }),
  },
  { provide: PRODUCER, inject: [QUEUE_ENGINE], useFactory: (engine: QueueEngine) => engine.producer() },
  { provide: USAGE, inject: [QUEUE_ENGINE], useFactory: (engine: QueueEngine) => engine.usageLog() },
  { provide: INBOX, inject: [QUEUE_ENGINE], useFactory: (engine: QueueEngine) => engine.openInbox() },
  {
    provide: LIMIT_COUNTERS,
    inject: [QUEUE_ENGINE],
    useFactory: (engine: QueueEngine) => engine.openLimitCounters(),
  },
  {
    provide: DATABASE,
    inject: [CONFIGURATION],
    useFactory: ({ DATABASE_URL, DATABASE_CONNECTIONS }: GatewayConfiguration): Client =>
      openClient(DATABASE_URL, { maxConnections: DATABASE_CONNECTIONS }),
  },
  { provide: API_KEYS, inject: [DATABASE], useFactory: (client: Client) => apiKeyStore(client) },
  { provide: VIDEO_STORE, inject: [DATABASE], useFactory: (client: Client) => videoStore(client) },
  { provide: PAYLOADS, inject: [DATABASE], useFactory: (client: Client) => payloadStore(client) },
  { provide: IMAGE_RUNS, inject: [DATABASE], useFactory: (client: Client) => imageRunStore(client) },
  {
    provide: BILLING,
    inject: [CONFIGURATION],
    useFactory: ({ BILLING_URL, BILLING_TIMEOUT_MS }: GatewayConfiguration) =>
      createBillingClient({ baseUrl: BILLING_URL, timeoutMs: BILLING_TIMEOUT_MS }),
  },
  {
    provide: MEDIA,
    inject: [CONFIGURATION],
    useFactory: ({ MEDIA_DIR, MEDIA_URL }: GatewayConfiguration) => openMediaStore({ dir: MEDIA_DIR, url: MEDIA_URL }),
  },
];

/** Opens what the gateway talks to: queue, database, billing and media store. `service.ts` closes them in order. */
@Global()
@Module({ providers: connections, exports: connections })
export class ConnectionsModule {}
