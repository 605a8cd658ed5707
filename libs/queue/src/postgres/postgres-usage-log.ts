import { Batcher } from '@lumenfall/async';
import type pg from 'pg';
import { COMMAND_DEADLINE_MS } from '../settings.js';
import type { StoredRecord, TakenRecord, UsageLogStore, UsageLogStoreReader } from '../usage-log/usage-log-store.js';

/**
 * A row is taken until `due_at`. Rows come and go within seconds, hence the eager vacuum. `record` is text and not
 * jsonb: it is stored as it came, and read once.
 */
export const USAGE_LOG_TABLES = `
create table if not exists lumenfall_usage_log (
  id bigint generated always as identity primary key,
  request_id text not null,
  record text not null,
  appended_at timestamptz not null default clock_timestamp(),
  deliveries integer not null default 0,
  due_at timestamptz not null default '-infinity'
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create table if not exists lumenfall_usage_set_aside (
  request_id text primary key,
  record text not null,
  reason text not null,
  deliveries integer not null,
  set_aside_at timestamptz not null default clock_timestamp());`;

const CHANNEL = 'lumenfall_usage_log';
/** A reader that missed a notification looks again after this time. */
const POLL_MS = 1_000;
/** Records of one insert: some hundred kilobytes. */
const MAX_BATCH = 200;

const APPEND = `
with added as (
  insert into lumenfall_usage_log (request_id, record) select * from unnest($1::text[], $2::text[]) returning 1)
select pg_notify('${CHANNEL}', '') from (select count(*) from added) as counted`;
const TAKE = `
with due as materialized (
  select id from lumenfall_usage_log where due_at <= clock_timestamp() order by id limit $1 for update skip locked)
update lumenfall_usage_log as log
set deliveries = log.deliveries + 1, due_at = clock_timestamp() + $2 * interval '1 millisecond'
from due where log.id = due.id
returning log.id, log.request_id, log.record, log.deliveries, log.appended_at`;
const ACKNOWLEDGE = `delete from lumenfall_usage_log where id = any($1::bigint[])`;
const HAND_BACK = `update lumenfall_usage_log set due_at = clock_timestamp() where id = any($1::bigint[])`;
const SET_ASIDE = `
with gone as (delete from lumenfall_usage_log where id = $1 returning *)
insert into lumenfall_usage_set_aside (request_id, record, reason, deliveries)
select request_id, record, $2, deliveries from gone
on conflict (request_id) do update set record = excluded.record, reason = excluded.reason,
  deliveries = excluded.deliveries, set_aside_at = excluded.set_aside_at`;
const REPLAY = `
with back as (delete from lumenfall_usage_set_aside where request_id = any($1::text[]) returning request_id, record),
added as (insert into lumenfall_usage_log (request_id, record) select request_id, record from back returning 1)
select count(*)::integer as replayed, pg_notify('${CHANNEL}', '') from added`;
const FIGURES = `
select (select count(*) from lumenfall_usage_log)::integer as depth,
  (select count(*) from lumenfall_usage_set_aside)::integer as set_aside,
  greatest(0, coalesce(extract(epoch from clock_timestamp() - (
    select appended_at from lumenfall_usage_log order by id limit 1)) * 1000, 0))::float8 as lag_ms`;
const IS_SET_ASIDE = `select 1 from lumenfall_usage_set_aside where request_id = $1`;
const LIST_SET_ASIDE = `
select request_id, reason, deliveries, set_aside_at from lumenfall_usage_set_aside order by set_aside_at limit $1`;

interface TakenRow {
  id: string;
  request_id: string;
  record: string;
  deliveries: number;
  appended_at: Date;
}
type SetAsideRow = Pick<TakenRow, 'request_id' | 'deliveries'> & { reason: string; set_aside_at: Date };

/** The log as a table in BullMQ's schema. Records that arrive during an insert share the next one. */
export function postgresUsageLog(pool: pg.Pool, stallMs: number): UsageLogStore {
  // A hanging query must free its connection: the pool is small.
  const query = <R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<pg.QueryResult<R>> =>
    pool.query<R>({ text, values, query_timeout: COMMAND_DEADLINE_MS } as pg.QueryConfig);
  const batcher = new Batcher<StoredRecord>(
    async (records) =>
      void (await query(APPEND, [records.map(({ requestId }) => requestId), records.map(({ text }) => text)])),
    { maxSize: MAX_BATCH },
  );
  return {
    append: (record) => batcher.add(record),

    openReader: async () => openReader(pool, query, stallMs),

    async figures() {
      const { rows } = await query<{ depth: number; set_aside: number; lag_ms: number }>(FIGURES);
      const [{ depth, set_aside: setAside, lag_ms: lagMs } = { depth: 0, set_aside: 0, lag_ms: 0 }] = rows;
      return { depth, lagMs, setAside };
    },

    isSetAside: async (requestId) => (await query(IS_SET_ASIDE, [requestId])).rowCount === 1,

    async listSetAside(limit) {
      const { rows } = await query<SetAsideRow>(LIST_SET_ASIDE, [limit]);
      return rows.map(({ request_id, reason, deliveries, set_aside_at }) => {
        return { requestId: request_id, reason, deliveries, setAsideAt: set_aside_at.getTime() };
      });
    },

    replay: async (requestIds) => (await query<{ replayed: number }>(REPLAY, [requestIds])).rows[0]?.replayed ?? 0,
  };
}

type Query = <R extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<pg.QueryResult<R>>;

function openReader(pool: pg.Pool, query: Query, stallMs: number): UsageLogStoreReader {
  const bell = new Bell(pool);
  let interrupted = false;

  const takeDue = async (max: number): Promise<TakenRecord[]> => {
    const { rows } = await query<TakenRow>(TAKE, [max, stallMs]);
    return rows.map(toTaken).sort((a, b) => Number(a.id) - Number(b.id));
  };

  return {
    async take(max, waitMs) {
      const until = Date.now() + waitMs;
      while (!interrupted) {
        // Before the look: a record that is appended during it rings for the next one.
        const rung = await bell.listen();
        const taken = await takeDue(max);
        const leftMs = until - Date.now();
        if (taken.length > 0 || leftMs <= 0) return taken;
        await rung(Math.min(leftMs, POLL_MS));
      }
      return [];
    },

    acknowledge: async (ids) => void (await query(ACKNOWLEDGE, [ids])),
    handBack: async (ids) => void (await query(HAND_BACK, [ids])),
    setAside: async (id, reason) => void (await query(SET_ASIDE, [id, reason])),

    interrupt() {
      interrupted = true;
      bell.ring();
    },

    close: async () => bell.close(),
  };
}

/** Rings when a record is appended, by NOTIFY. If its connection is lost it stays silent until the next `listen`. */
class Bell {
  #client: pg.PoolClient | null = null;
  #rings = 0;
  #onRing = (): void => undefined;

  constructor(private readonly pool: pg.Pool) {}

  /** Returns a function that waits for the first ring since this call, for `ms` at most. */
  async listen(): Promise<(ms: number) => Promise<void>> {
    const before = this.#rings;
    await this.#connect();
    return (ms) =>
      new Promise((resolve) => {
        if (this.#rings !== before) return resolve();
        const timer = setTimeout(resolve, ms);
        this.#onRing = () => {
          clearTimeout(timer);
          resolve();
        };
      });
  }

  ring(): void {
    this.#rings += 1;
    this.#onRing();
  }

  close(): void {
    this.#drop(this.#client);
  }

  async #connect(): Promise<void> {
    if (this.#client !== null) return;
    const client = await this.pool.connect();
    this.#client = client;
    client.on('notification', () => this.ring());
    client.on('error', () => this.#drop(client));
    await client.query(`listen ${CHANNEL}`).catch((error: unknown) => {
      this.#drop(client);
      throw error;
    });
  }

  #drop(client: pg.PoolClient | null): void {
    if (client === null || this.#client !== client) return;
    this.#client = null;
    client.release(true);
  }
}

const toTaken = ({ id, request_id, record, deliveries, appended_at }: TakenRow): TakenRecord => ({
  id,
  requestId: request_id,
  text: record,
  deliveries,
  appendedAt: appended_at.getTime(),
});
