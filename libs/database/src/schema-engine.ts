import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import { MigrationDriver } from './migration-driver.js';

export const NO_FILTERS = { externalTables: [], externalEnums: [] };

let loaded: Promise<void> | undefined;

/** The engine waits for its lock with a timer of ten seconds that it forgets: it would keep a finished process alive. */
const timers = new Set<NodeJS.Timeout>();
let enginesInUse = 0;

/**
 * Prisma's schema engine as WebAssembly: the same code that `prisma migrate` runs, without the executable that it
 * would download. It talks to the database through the driver of the client.
 *
 * @param databaseUrl connected to only by what needs it (a `diff` between files does not)
 */
export async function withSchemaEngine<T>(databaseUrl: string, run: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  loaded ??= loadModule();
  await loaded;
  const ignoreLogs = (): void => undefined;
  const pool = new pg.Pool({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000, max: 2 });
  const driver = new MigrationDriver(pool, databaseUrl);
  const engine = await (glue as unknown as { SchemaEngine: typeof SchemaEngine }).SchemaEngine.new(
    { datamodels: undefined },
    ignoreLogs,
    bindMigrationAwareSqlAdapterFactory(driver),
  );
  enginesInUse += 1;
  try {
    return await run(engine);
  } finally {
    engine.free();
    enginesInUse -= 1;
    if (enginesInUse === 0) {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    }
    await driver.dropShadow();
    await pool.end();
  }
}

/** The SQL that leads from the migrations to the schema; a comment and nothing else where they agree. */
export async function sqlFromMigrationsTo(
  schema: string,
  migrationsList: MigrationList,
  databaseUrl: string,
): Promise<string> {
  const { stdout } = await withSchemaEngine(databaseUrl, (engine) =>
    engine.diff({
      from:
        migrationsList.migrationDirectories.length === 0 ? { tag: 'empty' } : { tag: 'migrations', ...migrationsList },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    }),
  );
  return stdout ?? '';
}

/** Node has WebAssembly, but its types come with the browser's. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { instantiate(code: Uint8Array, imports: object): Promise<{ instance: { exports: object } }> };
};

/** The package's own entry imports the .wasm file as a module, which Node does only behind a flag. */
async function loadModule(): Promise<void> {
  const require = createRequire(import.meta.url);
  const file = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
  const imports = { './schema_engine_bg.js': { ...glue, ...rememberedTimers() } };
  const { instance } = await WebAssembly.instantiate(await readFile(file), imports);
  (glue as unknown as { __wbg_set_wasm(exports: object): void }).__wbg_set_wasm(instance.exports);
  (instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
}

function rememberedTimers(): Record<string, unknown> {
  type SetTimer = (callback: () => void, ms: number) => NodeJS.Timeout;
  const setters = Object.entries(glue as unknown as Record<string, SetTimer>).filter(([name]) =>
    name.startsWith('__wbg_setTimeout_'),
  );
  return Object.fromEntries(
    setters.map(([name, set]): [string, SetTimer] => [
      name,
      (callback, ms) => {
        const timer = set(callback, ms);
        timers.add(timer);
        return timer;
      },
    ]),
  );
}
