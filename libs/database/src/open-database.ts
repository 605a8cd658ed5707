import { apiKeyStore, type ApiKeyStore } from './api-keys.js';
import { openClient } from './client.js';
import { historyStore, type HistoryStore } from './history.js';
import { holdStore, type HoldStore } from './holds.js';
import type { ImageRunStore } from './image-run-store.js';
import { imageRunStore } from './image-runs.js';
import { ledgerStore, type LedgerStore } from './ledger.js';
import { organizationStore, type OrganizationStore } from './organizations.js';
import { requestReportStore, type RequestReportStore } from './request-reports.js';
import type { VideoStore } from './video-store.js';
import { videoStore } from './videos.js';

/** What the services know of the database. */
export interface Database {
  apiKeys: ApiKeyStore;
  organizations: OrganizationStore;
  videos: VideoStore;
  imageRuns: ImageRunStore;
  /** Only for billing: money. */
  ledger: LedgerStore;
  holds: HoldStore;
  history: HistoryStore;
  /** Only for the operator: requests of every organization. */
  stories: RequestReportStore;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Connects on first use; `ping` tells whether that works. */
export function openDatabase(url: string, { maxConnections = 10 }: { maxConnections?: number } = {}): Database {
  const client = openClient(url, maxConnections);
  return {
    apiKeys: apiKeyStore(client),
    organizations: organizationStore(client),
    videos: videoStore(client),
    imageRuns: imageRunStore(client),
    ledger: ledgerStore(client),
    holds: holdStore(client),
    history: historyStore(client),
    stories: requestReportStore(client),
    async ping() {
      await client.$queryRaw`SELECT 1`;
    },
    close: () => client.$disconnect(),
  };
}
