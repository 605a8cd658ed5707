import pg from 'pg';
import { filledDatabase } from './postgres.js';

export interface MigratedDatabase<C> {
  url: string;
  client: C;
  /** Plain SQL, independent of the stores under test. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** A new organization with this much credit. @returns its id */
  organization(grantMicros: number, credit?: { limitMicros: number }): Promise<string>;
  /** The cached balance of an organization, and the sum of its ledger entries, which it must equal. */
  books(organizationId: string): Promise<{ balance: number; entries: number }>;
  close(): Promise<void>;
}

/**
 * A database of its own with all tables, and a client for it. One per suite; close it in `afterAll`.
 *
 * @param migrate applies the migrations (`migrateDatabase` of `@lumenfall/database`, which this library cannot import)
 * @param open opens the client (`openClient`)
 */
export async function migratedDatabase<C extends { $disconnect(): Promise<void> }>(
  migrate: (url: string, log: { info: () => void }) => Promise<unknown>,
  open: (url: string, options: { maxConnections: number }) => C,
): Promise<MigratedDatabase<C>> {
  const fresh = await filledDatabase('migrated', (url) => migrate(url, { info: () => undefined }));
  const client = open(fresh.url, { maxConnections: 20 });
  const pool = new pg.Pool({ connectionString: fresh.url, max: 2 });
  let made = 0;
  const sql = async (text: string, values: unknown[] = []) =>
    (await pool.query<Record<string, unknown>>(text, values)).rows;
  return {
    url: fresh.url,
    client,
    sql,
    async organization(grantMicros, credit) {
      made += 1;
      const id = `org_${made}`;
      await sql('INSERT INTO organizations (id, slug, name) VALUES ($1, $1, $1)', [id]);
      await sql(`INSERT INTO accounts (organization_id, billing_type, credit_limit_micros) VALUES ($1, $2, $3)`, [
        id,
        credit ? 'postpaid' : 'prepaid',
        credit?.limitMicros ?? 0,
      ]);
      await sql(
        `INSERT INTO ledger_entries (organization_id, kind, amount_micros, reference)
         VALUES ($1, 'top_up', $2, 'initial-credit')`,
        [id, grantMicros],
      );
      return id;
    },
    async books(organizationId) {
      const [row] = await sql(
        `SELECT balance_micros, (SELECT COALESCE(SUM(amount_micros), 0) FROM ledger_entries
           WHERE organization_id = accounts.organization_id) AS entries
         FROM accounts WHERE organization_id = $1`,
        [organizationId],
      );
      return { balance: Number(row?.['balance_micros']), entries: Number(row?.['entries']) };
    },
    async close() {
      await pool.end();
      await client.$disconnect();
      await fresh.drop();
    },
  };
}
