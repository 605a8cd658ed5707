import type pg from 'pg';
import type { SharedStateStore } from '../backend.js';
import { STATE_ENTRY_MS, COMMAND_DEADLINE_MS } from '../settings.js';
import { createTables } from './create-tables.js';

// Unlogged: after a crash of the database the state is rebuilt within seconds, and writes cost half.
const TABLES = `
create unlogged table if not exists lumenfall_shared_state (
  key text primary key, value text not null, touched_at timestamptz not null default clock_timestamp());
create unlogged table if not exists lumenfall_lease (key text primary key, until timestamptz not null);`;

const LIVE = `touched_at >= clock_timestamp() - interval '${String(STATE_ENTRY_MS)} milliseconds'`;

const READ = `select key, value from lumenfall_shared_state where ${LIVE}`;
const GET = `select value from lumenfall_shared_state where key = $1 and ${LIVE}`;
const REPLACE = `update lumenfall_shared_state set value = $3, touched_at = clock_timestamp() where key = $1 and value = $2 and ${LIVE}`;
const ADD = `
insert into lumenfall_shared_state as state (key, value) values ($1, $2)
on conflict (key) do update set value = $2, touched_at = clock_timestamp() where not (state.${LIVE})`;
const CLAIM = `
insert into lumenfall_lease as lease (key, until) values ($1, clock_timestamp() + $2 * interval '1 millisecond')
on conflict (key) do update set until = excluded.until where lease.until <= clock_timestamp()`;
const SWEEP = `
with old as (delete from lumenfall_shared_state where not (${LIVE}))
delete from lumenfall_lease where until < clock_timestamp() - interval '1 hour'`;

interface Entry {
  key: string;
  value: string;
}

/** The shared state as a table in BullMQ's schema, created by the first process. */
export async function openPostgresSharedState(pool: pg.Pool): Promise<SharedStateStore> {
  await createStateTables(pool);
  // A hanging query must free its connection: the state is read often and the pool is small.
  const query = <R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<pg.QueryResult<R>> =>
    pool.query<R>({ text, values, query_timeout: COMMAND_DEADLINE_MS } as pg.QueryConfig);
  await query(SWEEP);
  return {
    async read() {
      const { rows } = await query<Entry>(READ);
      return new Map(rows.map(({ key, value }) => [key, value]));
    },
    get: async (key) => (await query<Pick<Entry, 'value'>>(GET, [key])).rows[0]?.value ?? null,
    async replace(key, from, to) {
      const { rowCount } = from === null ? await query(ADD, [key, to]) : await query(REPLACE, [key, from, to]);
      return rowCount === 1;
    },
    claim: async (key, ttlMs) => (await query(CLAIM, [key, ttlMs])).rowCount === 1,
  };
}

async function createStateTables(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await createTables(client, TABLES);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}
