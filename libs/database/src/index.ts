export { inTransaction, openClient, ping, type Client, type Transaction } from './client.js';
export { Prisma } from './generated/client.js';
export type {
  ApiKey as ApiKeyColumns,
  ImageRun as ImageRunColumns,
  OperatorAction as OperatorActionColumns,
  Organization as OrganizationColumns,
  Request as RequestColumns,
  TopUp as TopUpColumns,
  Video as VideoColumns,
} from './generated/client.js';
export { keysetPage, type FetchSide, type KeysetPage } from './keyset-page.js';
export { storable, storableText } from './storable.js';
export { checkDatabase, DatabaseUnavailable } from './connect-once.js';
export { migrateDatabase } from './migrate-database.js';
