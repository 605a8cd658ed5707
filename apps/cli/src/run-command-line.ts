import { checkDatabase, DatabaseUnavailable, openClient } from '@lumenfall/database';
import { organizationStore } from '@lumenfall/accounts';
import { requestReportStore } from '@lumenfall/ledger';
import { EXIT, HELP, parseCommandLine } from './command-line.js';
import { runMigrate, type MigrateOptions } from './migrate.js';
import { runDoctor } from './doctor/doctor.js';
import type { Ending } from './ending.js';
import { runOrganization } from './organization/organization.js';

const NO_DATABASE =
  'No database: Lumenfall does not run here (npm start), and DATABASE_URL is not set to a postgres:// address.';

/** One call of the operator's command line. @param databaseUrl empty if none is known */
export async function runCommandLine(
  args: readonly string[],
  databaseUrl: string,
  migration: MigrateOptions = {},
): Promise<Ending> {
  const parsed = parseCommandLine(args);
  if (!parsed.ok) return { code: EXIT.usage, error: parsed.error };
  const command = parsed.value;
  if (command.name === 'help') return { code: EXIT.done, text: HELP };
  if (!/^postgres(ql)?:\/\//.test(databaseUrl) || !URL.canParse(databaseUrl))
    return { code: EXIT.failed, error: NO_DATABASE };
  if (command.name === 'migrate') return runMigrate(databaseUrl, migration);
  try {
    await checkDatabase(databaseUrl);
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return { code: EXIT.failed, error: error.message };
    throw error;
  }
  const client = openClient(databaseUrl, { maxConnections: 4 });
  try {
    return command.name === 'doctor'
      ? await runDoctor(command, requestReportStore(client))
      : await runOrganization(command, organizationStore(client));
  } finally {
    await client.$disconnect();
  }
}
