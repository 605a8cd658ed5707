import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum, DriverAdapterError } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import pg from 'pg';

export const NO_FILTERS = { externalTables: [], externalEnums: [] };

let loaded: Promise<void> | undefined;

/** The engine starts a timer of ten seconds for its lock and never clears it, which would keep the process alive. */
const timers = new Set<NodeJS.Timeout>();
let enginesInUse = 0;

/**
 * Prisma's schema engine as WebAssembly: the same code that `prisma migrate` runs, without the executable that it
 * would download. It talks to the database through the driver of the client.
 *
 * @param databaseUrl connected to only if the call needs it (a `diff` between files does not)
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

/** The SQL that leads from the migrations to the schema; only a comment if they agree. */
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

/** Node has WebAssembly; its types are in the DOM library, which is not loaded. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { instantiate(code: Uint8Array, imports: object): Promise<{ instance: { exports: object } }> };
};

/** The package's own entry imports the .wasm file as a module, which Node supports only behind a flag. */
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

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

/** The driver, with three corrections that only migrations need. */
class MigrationDriver extends PrismaPg {
  dropShadow = (): Promise<void> => Promise.resolve();

  constructor(
    private readonly pool: pg.Pool,
    private readonly url: string,
  ) {
    super(pool);
  }

  override async connect(): Promise<Adapter> {
    return forMigrations(await super.connect());
  }

  /** Creates a database to replay migrations in. The inherited method would use the real one. */
  override async connectToShadowDb(): Promise<Adapter> {
    const name = `lumenfall_shadow_${randomUUID().replaceAll('-', '')}`;
    await this.pool.query(`CREATE DATABASE ${name}`);
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    const shadow = new pg.Pool({ connectionString: url.href, max: 1 });
    const adapter = forMigrations(await new PrismaPg(shadow).connect());
    this.dropShadow = async () => {
      await shadow.end();
      await this.pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
    };
    // `dropShadow` closes it, also after a failure, in which case the engine would not.
    adapter.dispose = () => Promise.resolve();
    return adapter;
  }
}

/** Columns of PostgreSQL's internal type "char", which the engine reads and the driver does not support. */
const CHAR_COLUMNS = [
  { expression: 'constr.contype', name: 'constraint_type' },
  { expression: 'con.confdeltype', name: 'confdeltype' },
  { expression: 'con.confupdtype', name: 'confupdtype' },
];

/**
 * Sends a script to PostgreSQL as a whole, which runs it in one transaction: a migration that fails leaves nothing
 * behind. The driver would split it at every semicolon, also inside the body of a function.
 */
function forMigrations(adapter: Adapter): Adapter {
  const query = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async ({ sql, ...rest }) => {
    const asked = CHAR_COLUMNS.filter(({ expression }) => sql.includes(expression));
    const readable = asked.reduce(
      (text, { expression, name }) => text.replace(expression, `${expression}::text AS "${name}"`),
      sql.replace('constr.contype AS constraint_type', 'constr.contype'),
    );
    const result = await query({ ...rest, sql: asked.length > 0 ? readable : sql });
    for (const { name } of asked) result.columnTypes[result.columnNames.indexOf(name)] = ColumnTypeEnum.Character;
    return result;
  };
  adapter.executeScript = async (script) => {
    await adapter
      .underlyingDriver()
      .query(script)
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
        throw new DriverAdapterError({
          kind: 'postgres',
          code,
          severity: 'ERROR',
          message,
          detail: undefined,
          column: undefined,
          hint: undefined,
        });
      });
  };
  return adapter;
}
