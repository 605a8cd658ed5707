import { openClient, type Client } from '@lumenfall/database';
import {
  entryList,
  historyStore,
  holdReviews,
  holdStore,
  holdTiming,
  ledgerStore,
  usageReportStore,
} from '@lumenfall/ledger';
import { openQueueEngine } from '@lumenfall/queue';
import { CONFIGURATION, LOG, type Logger } from '@lumenfall/service-kit';
import { Global, Module, type Provider } from '@nestjs/common';
import type { BillingConfiguration } from './configuration.js';
import { holdsEnded } from './holds/hold-metrics.js';
import { DATABASE, ENTRIES, HISTORY, HOLD_REVIEWS, HOLDS, LEDGER, QUEUE_ENGINE, USAGE_REPORTS } from './tokens.js';

const connections: Provider[] = [
  {
    provide: QUEUE_ENGINE,
    inject: [CONFIGURATION, LOG],
    useFactory: ({ QUEUE_URL, QUEUE_STALL_MS }: BillingConfiguration, log: Logger) =>
      openQueueEngine(QUEUE_URL, {
        name: 'billing',
        stallMs: QUEUE_STALL_MS,
        onError: (error) => log.error({ err: error }, 'queue error'),
      }),
  },
  {
    provide: DATABASE,
    inject: [CONFIGURATION],
    useFactory: ({ DATABASE_URL, DATABASE_CONNECTIONS }: BillingConfiguration): Client =>
      openClient(DATABASE_URL, { maxConnections: DATABASE_CONNECTIONS }),
  },
  {
    provide: LEDGER,
    inject: [DATABASE],
    useFactory: (client: Client) =>
      ledgerStore(client, { onSettled: (holds) => holdsEnded.inc({ outcome: 'settled' }, holds) }),
  },
  {
    provide: HOLDS,
    inject: [DATABASE, CONFIGURATION],
    useFactory: (client: Client, { HOLD_REVIEW_MS }: BillingConfiguration) =>
      holdStore(client, holdTiming(HOLD_REVIEW_MS)),
  },
  {
    provide: HOLD_REVIEWS,
    inject: [DATABASE, CONFIGURATION],
    useFactory: (client: Client, { HOLD_REVIEW_MS }: BillingConfiguration) =>
      holdReviews(client, holdTiming(HOLD_REVIEW_MS)),
  },
  { provide: HISTORY, inject: [DATABASE], useFactory: (client: Client) => historyStore(client) },
  { provide: ENTRIES, inject: [DATABASE], useFactory: (client: Client) => entryList(client) },
  { provide: USAGE_REPORTS, inject: [DATABASE], useFactory: (client: Client) => usageReportStore(client) },
];

/** Opens the queue and the database, and the stores of the ledger on it. `service.ts` closes them in order. */
@Global()
@Module({ providers: connections, exports: connections })
export class ConnectionsModule {}
