import pg from 'pg';
import { filledDatabase } from '@lumenfall/testing';
import { micros } from '@lumenfall/money';
import { migrateDatabase, openDatabase, type Database } from '../src/index.js';

export interface MigratedDatabase {
  url: string;
  database: Database;
  /** Plain SQL, beside everything that the stores would do. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** A new organization with so much credit. */
  organization(grantMicros: number, credit?: { limitMicros: number }): Promise<string>;
  /** The books of an organization: the cached balance, and the sum it must equal. */
  books(organizationId: string): Promise<{ balance: number; entries: number }>;
  close(): Promise<void>;
}

/** A database of its own with all tables. One per suite; close it in `afterAll`. */
export async function migratedDatabase(maxConnections = 20): Promise<MigratedDatabase> {
  const fresh = await filledDatabase('migrated', (url) => migrateDatabase(url, { info: () => undefined }));
  const database = openDatabase(fresh.url, { maxConnections });
  const pool = new pg.Pool({ connectionString: fresh.url, max: 2 });
  let made = 0;
  const sql = async (text: string, values: unknown[] = []) =>
    (await pool.query<Record<string, unknown>>(text, values)).rows;
  return {
    url: fresh.url,
    database,
    sql,
    async organization(grantMicros, credit) {
      made += 1;
      const { id } = await database.organizations.ensure({
        slug: `org-${made}`,
        name: `Organization ${made}`,
        grantMicros: micros(grantMicros),
        ...(credit && { billingType: 'postpaid', creditLimitMicros: micros(credit.limitMicros) }),
      });
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
      await database.close();
      await fresh.drop();
    },
  };
}
