import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm';

/**
 * Where the migrations are: in the folder that is named, else beside the bundle (`dist/apps/cli/migrations`), else in
 * the sources of the workspace this file or the process is in. Null where there is none.
 */
export function findMigrationsFolder(named?: string): string | null {
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
