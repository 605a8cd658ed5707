import { micros, MICROS_PER_USD } from '@lumenfall/money';
import { bootstrapOrganization } from './bootstrap-organization.js';
import { DatabaseUnavailable } from './connect-once.js';
import { migrateDatabase } from './migrate-database.js';
import { openDatabase } from './open-database.js';

const INITIAL_CREDIT = micros(10 * MICROS_PER_USD);

/**
 * The one-shot step before the services: brings the database of DATABASE_URL up to date and makes it usable. Standard output
 * gets one line of JSON for programs, standard error the same for people.
 */
async function main(): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`migrate: ${line}\n`);
  const url = process.env['DATABASE_URL'];
  if (!url || !URL.canParse(url)) throw new DatabaseUnavailable('DATABASE_URL is not set to a postgres:// address.');
  await migrateDatabase(url, { info: say }, process.env['MIGRATIONS_DIR'] || undefined);
  const database = openDatabase(url, { maxConnections: 2 });
  try {
    const { organizationId, apiKey } = await bootstrapOrganization(database, {
      creditMicros: INITIAL_CREDIT,
      apiKey: process.env['BOOTSTRAP_API_KEY'] || undefined,
    });
    process.stdout.write(`${JSON.stringify({ type: 'bootstrap', organizationId, apiKey })}\n`);
    say(`Organization ${organizationId} is ready.`);
    if (apiKey) say(`Its API key, shown only this once: ${apiKey}`);
  } finally {
    await database.close();
  }
}

try {
  await main();
} catch (error) {
  const line =
    error instanceof DatabaseUnavailable ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`migrate: ${line}\n`);
  process.exitCode = 1;
}
