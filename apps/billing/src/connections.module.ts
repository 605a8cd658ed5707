import { openClient, type Client } from '@lumenfall/database';
import { entryList, historyStore, holdStore, ledgerStore, usageReportStore } from '@lumenfall/ledger';
import { openQueueEngine } from '@lumenfall/queue';
import { CONFIGURATION, LOG, type Logger } from '@lumenfall/service-kit';
import { Global, Module, type Provider } from '@nestjs/common';
import type { BillingConfiguration } from './configuration.js';
import { DATABASE, ENTRIES, HISTORY, HOLDS, LEDGER, QUEUE_ENGINE, USAGE_REPORTS } from './tokens.js';

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
  { provide: LEDGER, inject: [DATABASE], useFactory: (client: Client) => ledgerStore(client) },
  { provide: HOLDS, inject: [DATABASE], useFactory: (client: Client) => holdStore(client) },
  { provide: HISTORY, inject: [DATABASE], useFactory: (client: Client) => historyStore(client) },
  { provide: ENTRIES, inject: [DATABASE], useFactory: (client: Client) => entryList(client) },
  { provide: USAGE_REPORTS, inject: [DATABASE], useFactory: (client: Client) => usageReportStore(client) },
];

/** Opens the queue and the database, and the stores of the ledger on it. `service.ts` closes them in order. */
@Global()
@Module({ providers: connections, exports: connections })
export class ConnectionsModule {}
