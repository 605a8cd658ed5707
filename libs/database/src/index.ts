export * from './open-database.js';
export type { ApiKeyQuery, ApiKeyStore, StoredApiKey } from './api-keys.js';
export type { NewOrganization, OrganizationStore, StoredOrganization } from './organizations.js';
export type { EarlierVideo, NewVideo, VideoChanges, VideoRow, VideoState, VideoStore } from './video-store.js';
export type { RequestReport, RequestReportStore, VideoReport } from './request-reports.js';
export { checkDatabase } from './check-database.js';
export type {
  EndedImageRun,
  ImageRun,
  ImageRunAnswer,
  ImageRunBegin,
  ImageRunOutcome,
  ImageRunStore,
  NewImageRun,
} from './image-run-store.js';
export type { HistoryStore } from './history.js';
export type { HoldStore, HoldOutcome } from './holds.js';
export type { AccountFigures, LedgerStore, PricedUsage } from './ledger.js';
export { hashSecret, readKey } from './key-secret.js';
export { DatabaseUnavailable } from './connect-once.js';
export { migrateDatabase } from './migrate-database.js';
export { bootstrapOrganization } from './bootstrap-organization.js';
