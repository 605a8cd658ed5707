import { bootstrapOrganization } from '@lumenfall/accounts';
import { DatabaseUnavailable, migrateDatabase, openClient } from '@lumenfall/database';
import { micros, MICROS_PER_USD } from '@lumenfall/money';
import { EXIT } from './command-line.js';
import type { Ending } from './ending.js';

const INITIAL_CREDIT = micros(10 * MICROS_PER_USD);

export interface MigrateOptions {
  /** The folder of the migrations, if it is not found by itself. */
  migrationsDir?: string | undefined;
  /** A whole key to accept, instead of minting one. */
  apiKey?: string | undefined;
  /** Receives one line for the operator; goes to standard error. */
  say?: (line: string) => void;
}

/**
 * Brings the database up to date and makes it usable: the one-shot step before the services start. Prints one line of JSON,
 * `{"type":"bootstrap","organizationId":...,"apiKey":...}`; `apiKey` is null unless this run minted one.
 */
export async function runMigrate(
  databaseUrl: string,
  { migrationsDir, apiKey: given, say = () => undefined }: MigrateOptions,
): Promise<Ending> {
  try {
    await migrateDatabase(databaseUrl, { info: say }, migrationsDir);
    const client = openClient(databaseUrl, { maxConnections: 2 });
    try {
      const { organizationId, apiKey } = await bootstrapOrganization(client, {
        creditMicros: INITIAL_CREDIT,
        apiKey: given,
      });
      say(`Organization ${organizationId} is ready.`);
      if (apiKey) say(`Its API key, shown only this once: ${apiKey}`);
      return { code: EXIT.done, text: JSON.stringify({ type: 'bootstrap', organizationId, apiKey }) };
    } finally {
      await client.$disconnect();
    }
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return { code: EXIT.failed, error: error.message };
    throw error;
  }
}
