import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import { DatabaseUnavailable, connectOnce } from './connect-once.js';
import { NO_FILTERS, withSchemaEngine } from './schema-engine.js';

/** The number of an advisory lock; every version must use the same one. */
const MIGRATION_LOCK = 5_086_001;

export interface MigrationLog {
  info(message: string): void;
}

/**
 * Applies the migrations that the database has not seen, in order, and records them in Prisma's `_prisma_migrations`.
 * Of several processes at once, one applies them and the others wait.
 *
 * @param migrationsDir the folder of the migrations; by default it is looked for
 * @returns the names of the migrations that this call applied
 * @throws DatabaseUnavailable with one line for the operator, if the database does not exist or cannot be reached, or
 *   if a migration fails
 */
export async function migrateDatabase(url: string, log: MigrationLog, migrationsDir?: string): Promise<string[]> {
  const folder = findMigrationsFolder(migrationsDir);
  if (!folder) throw new DatabaseUnavailable('The folder of the migrations was not found: set MIGRATIONS_DIR.');
  const migrationsList = await readMigrations(folder);
  // PostgreSQL frees the lock when this connection ends, even if the process is killed.
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

/** A failed migration ran in one transaction and left nothing behind, so it can be applied again. */
async function forgetFailures(engine: SchemaEngine, migrationsList: MigrationList): Promise<void> {
  const history = await engine.diagnoseMigrationHistory({
    migrationsList,
    optInToShadowDatabase: false,
    filters: NO_FILTERS,
  });
  for (const migrationName of history.failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
}

/** The engine's messages are many lines: the reason, then a stack of the engine. */
function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n').map((line) => line.trim());
  const reason = lines.filter((line) => line !== '' && !/^(\d+: |at |with |external connector error)/.test(line));
  return reason.join(' ').slice(0, 500);
}

/**
 * Finds the folder of the migrations: the one that is named, else the one beside the bundle
 * (`dist/apps/cli/migrations`), else the one in the sources of the workspace. Null if there is none.
 */
function findMigrationsFolder(named?: string): string | null {
  if (named !== undefined) return existsSync(named) ? named : null;
  const beside = join(import.meta.dirname, 'migrations');
  if (existsSync(beside)) return beside;
  for (const start of [import.meta.dirname, process.cwd()]) {
    for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
      const candidate = join(folder, 'libs', 'database', 'prisma', 'migrations');
      if (existsSync(candidate)) return candidate;
    }
  }
  return null;
}

/** Reads a folder in Prisma's layout: `<timestamp>_<name>/migration.sql` and `migration_lock.toml`. */
export async function readMigrations(folder: string): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(folder, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(folder, name, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  };
}
