import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import { DatabaseUnavailable, connectOnce } from './connect-once.js';
import { findMigrationsFolder, readMigrations } from './migrations-folder.js';
import { NO_FILTERS, withSchemaEngine } from './schema-engine.js';

/** Any number, as long as every version of this code takes the same one. */
const MIGRATION_LOCK = 5_086_001;

export interface MigrationLog {
  info(message: string): void;
}

/**
 * Applies the migrations that the database has not seen, in order, and records them in Prisma's `_prisma_migrations`. Two
 * processes that start at once take turns: the second finds nothing left to do.
 *
 * @param migrationsDir their folder, where it is not found by itself
 * @returns the names of the migrations applied now
 * @throws DatabaseUnavailable with one line for the operator, where there is no such database, it cannot be reached, or a
 * migration fails
 */
export async function migrateDatabase(url: string, log: MigrationLog, migrationsDir?: string): Promise<string[]> {
  const folder = findMigrationsFolder(migrationsDir);
  if (!folder) throw new DatabaseUnavailable('The migrations are not found: set MIGRATIONS_DIR to their folder.');
  const migrationsList = await readMigrations(folder);
  // The lock belongs to this session: it goes when the connection goes, whatever happens to the process.
  const session = await connectOnce(url, 120_000);
  try {
    await session.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const { appliedMigrationNames } = await withSchemaEngine(url, async (engine) => {
      await forgetFailures(engine, migrationsList);
      return engine.applyMigrations({ migrationsList, filters: NO_FILTERS });
    });
    log.info(
      appliedMigrationNames.length === 0
        ? 'The database is up to date.'
        : `Applied ${appliedMigrationNames.length} migration(s): ${appliedMigrationNames.join(', ')}.`,
    );
    return appliedMigrationNames;
  } catch (error) {
    throw new DatabaseUnavailable(`The migrations could not be applied: ${reasonOf(error)}`, { cause: error });
  } finally {
    await session.end().catch(() => undefined);
  }
}

/** A migration that failed left nothing behind (it ran in one transaction), so it may simply be tried again. */
async function forgetFailures(engine: SchemaEngine, migrationsList: MigrationList): Promise<void> {
  const history = await engine.diagnoseMigrationHistory({
    migrationsList,
    optInToShadowDatabase: false,
    filters: NO_FILTERS,
  });
  for (const migrationName of history.failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
}

/** The engine's messages are many lines: what went wrong, then where in the engine. */
function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n').map((line) => line.trim());
  const told = lines.filter((line) => line !== '' && !/^(\d+: |at |with |external connector error)/.test(line));
  return told.join(' ').slice(0, 500);
}
