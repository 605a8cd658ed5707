import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, DriverAdapterError } from '@prisma/driver-adapter-utils';
import pg from 'pg';

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

/** The driver with three things put right that only migrations notice. */
export class MigrationDriver extends PrismaPg {
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

  /** A database to replay migrations in. The driver's own would be the real one, wherever that is named by a URL. */
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
    // The engine would dispose of it only where all went well.
    adapter.dispose = () => Promise.resolve();
    return adapter;
  }
}

/** Of PostgreSQL's internal type "char", which the engine reads and the driver does not know. */
const CHAR_COLUMNS = [
  { expression: 'constr.contype', name: 'constraint_type' },
  { expression: 'con.confdeltype', name: 'confdeltype' },
  { expression: 'con.confupdtype', name: 'confupdtype' },
];

/**
 * The driver cuts a script at every semicolon, also inside a function's body. PostgreSQL itself takes the whole
 * script, in one transaction: a migration that fails leaves nothing behind.
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
