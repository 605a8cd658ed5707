import type pg from 'pg';
import type { SharedStateStore } from '../backend.js';
import { BOARD_ENTRY_MS, COMMAND_DEADLINE_MS } from '../settings.js';

/** "Only one process at a time creates these tables": a number of our own, the same everywhere. */
const CREATE_LOCK = 7_426_193_558;

// Unlogged: what a crash of the database takes away here is learned again within seconds, and writes cost half.
const TABLES = `
create unlogged table if not exists lumenfall_board (
  key text primary key, value text not null, touched_at timestamptz not null default clock_timestamp());
create unlogged table if not exists lumenfall_lease (key text primary key, until timestamptz not null);`;

const LIVE = `touched_at >= clock_timestamp() - interval '${String(BOARD_ENTRY_MS)} milliseconds'`;

const READ = `select key, value from lumenfall_board where ${LIVE}`;
const GET = `select value from lumenfall_board where key = $1 and ${LIVE}`;
const REPLACE = `update lumenfall_board set value = $3, touched_at = clock_timestamp() where key = $1 and value = $2 and ${LIVE}`;
const ADD = `
insert into lumenfall_board as board (key, value) values ($1, $2)
on conflict (key) do update set value = $2, touched_at = clock_timestamp() where not (board.${LIVE})`;
const CLAIM = `
insert into lumenfall_lease as lease (key, until) values ($1, clock_timestamp() + $2 * interval '1 millisecond')
on conflict (key) do update set until = excluded.until where lease.until <= clock_timestamp()`;
const SWEEP = `
with old as (delete from lumenfall_board where not (${LIVE}))
delete from lumenfall_lease where until < clock_timestamp() - interval '1 hour'`;

interface Entry {
  key: string;
  value: string;
}

/** The board as a table beside BullMQ's own, created by whoever comes first. */
export async function openPostgresSharedState(pool: pg.Pool): Promise<SharedStateStore> {
  await createTables(pool);
  // A query that hangs gives its connection back: the board is read all the time, and the pool is small.
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

/** `if not exists` alone fails for the slower of two that create at the same moment. */
async function createTables(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [CREATE_LOCK]);
    await client.query(TABLES);
    await client.query('commit');
    client.release();
  } catch (error) {
    // The connection ends, and its transaction with it.
    client.release(true);
    throw error;
  }
}
