import type pg from 'pg';
import { z } from 'zod';
import { FIGURES_FRESH_MS, SLOTS, type LimitCounters } from '../limits/limit-counters.js';
import { COMMAND_DEADLINE_MS } from '../settings.js';
import { createTables } from './create-tables.js';

// Unlogged, as the shared state. A changed function gets a new name: processes of two versions share a database.
const TABLES = `
create unlogged table if not exists lumenfall_limit_slot (
  bucket text not null, slot bigint not null, amount bigint not null, ends_at timestamptz not null,
  primary key (bucket, slot))
  with (fillfactor = 50);
create unlogged table if not exists lumenfall_limit_lease (
  bucket text not null, request_id text not null, amount bigint not null, until timestamptz not null,
  primary key (bucket, request_id)) with (fillfactor = 50);
create unlogged table if not exists lumenfall_limit_figure (
  bucket text not null, name text not null, amount bigint not null, read_at timestamptz not null,
  asked_at timestamptz not null default '-infinity', primary key (bucket, name));

-- Every change of a bucket happens under its lock; buckets are locked in their order.
create or replace function lumenfall_lock_limits_1(items jsonb) returns void language plpgsql as $$
declare
  one text;
begin
  for one in select distinct item->>'bucket' from jsonb_array_elements(items) as item order by 1 loop
    perform pg_advisory_xact_lock(hashtextextended(one, 7426193559));
  end loop;
end $$;

create or replace function lumenfall_take_limits_1(request text, claims jsonb) returns jsonb language plpgsql as $$
declare
  claim jsonb;
  of_bucket text;
  index integer := -1;
  wanted numeric;
  slot_ms numeric;
  current_slot bigint;
  used numeric;
  newest bigint;
  reset_ms numeric;
  figure record;
  wait numeric;
  refused integer;
  longest numeric := -1;
  levels jsonb := '[]';
  unsettled text[] := '{}';
  stale text[] := '{}';
  now_ms numeric;
begin
  perform lumenfall_lock_limits_1(claims);
  now_ms := floor(extract(epoch from clock_timestamp()) * 1000);
  for claim in select item from jsonb_array_elements(claims) as item loop
    index := index + 1;
    of_bucket := claim->>'bucket';
    wanted := (claim->>'amount')::numeric;
    wait := null;
    reset_ms := 0;
    if claim->>'kind' = 'window' then
      slot_ms := (claim->>'windowMs')::numeric / ${SLOTS};
      current_slot := floor(now_ms / slot_ms);
      delete from lumenfall_limit_slot where bucket = of_bucket and slot < current_slot - ${SLOTS};
      select coalesce(sum(amount), 0), max(slot) into used, newest
        from lumenfall_limit_slot where bucket = of_bucket and amount > 0;
      if newest is not null then reset_ms := ceil((newest + ${SLOTS} + 1) * slot_ms - now_ms); end if;
      if wanted > (claim->>'limit')::numeric then wait := 'infinity';
      elsif used + wanted > (claim->>'limit')::numeric then
        select ceil((min(slot) + ${SLOTS} + 1) * slot_ms - now_ms) into wait
          from (select slot, sum(amount) over (order by slot) as freed
            from lumenfall_limit_slot where bucket = of_bucket and amount > 0) as slots
          where used + wanted - freed <= (claim->>'limit')::numeric;
      end if;
    else
      delete from lumenfall_limit_lease where bucket = of_bucket and until <= clock_timestamp();
      select coalesce(sum(amount), 0) into used from lumenfall_limit_lease where bucket = of_bucket;
      if claim ? 'figure' then
        select amount, read_at, asked_at into figure
          from lumenfall_limit_figure where bucket = of_bucket and name = claim->>'figure';
        if not found then unsettled := unsettled || of_bucket;
        else
          used := used + figure.amount;
          if figure.read_at < clock_timestamp() - interval '${FIGURES_FRESH_MS} ms' then
            stale := stale || of_bucket;
          end if;
        end if;
      end if;
      if used + wanted > (claim->>'limit')::numeric and not exists (
        select from lumenfall_limit_lease where bucket = of_bucket and request_id = request) then
        wait := case when claim ? 'figure' then 1e15 else 0 end;
      end if;
    end if;
    if wait > longest then
      refused := index;
      longest := wait;
    end if;
    levels := levels || jsonb_build_array(jsonb_build_object('used', used, 'resetMs', reset_ms));
  end loop;

  if unsettled <> '{}' then return jsonb_build_object('outcome', 'unsettled', 'buckets', unsettled); end if;
  if refused is not null then
    return jsonb_build_object('outcome', 'refused', 'claim', refused, 'levels', levels, 'stale', stale,
      'retryMs', case when longest > 0 and longest < 1e15 then longest end);
  end if;

  index := -1;
  for claim in select item from jsonb_array_elements(claims) as item loop
    index := index + 1;
    wanted := (claim->>'amount')::numeric;
    levels := jsonb_set(levels, array[index::text, 'used'], to_jsonb((levels->index->>'used')::numeric + wanted));
    if claim->>'kind' = 'window' then
      slot_ms := (claim->>'windowMs')::numeric / ${SLOTS};
      current_slot := floor(now_ms / slot_ms);
      insert into lumenfall_limit_slot as counted (bucket, slot, amount, ends_at)
        values (claim->>'bucket', current_slot, wanted, to_timestamp((current_slot + ${SLOTS} + 1) * slot_ms / 1000))
        on conflict (bucket, slot) do update set amount = counted.amount + excluded.amount;
      levels := jsonb_set(levels, array[index::text, 'resetMs'],
        to_jsonb(ceil((current_slot + ${SLOTS} + 1) * slot_ms - now_ms)));
    else
      insert into lumenfall_limit_lease (bucket, request_id, amount, until)
        values (claim->>'bucket', request, wanted, clock_timestamp() + (claim->>'ttlMs')::numeric * interval '1 ms')
        on conflict (bucket, request_id) do update set until = excluded.until;
    end if;
  end loop;
  if stale <> '{}' then
    with asked as (
      update lumenfall_limit_figure set asked_at = clock_timestamp()
      where bucket = any (stale) and asked_at < clock_timestamp() - interval '${FIGURES_FRESH_MS} ms' returning bucket
    )
    select coalesce(array_agg(distinct bucket), '{}') into stale from asked;
  end if;
  return jsonb_build_object('outcome', 'taken', 'at', now_ms, 'levels', levels, 'stale', stale);
end $$;

create or replace function lumenfall_give_limits_1(request text, items jsonb) returns void language plpgsql as $$
begin
  perform lumenfall_lock_limits_1(items);
  update lumenfall_limit_slot as counted set amount = counted.amount - (item->>'amount')::bigint
    from jsonb_array_elements(items) as item
    where item->>'kind' = 'window' and counted.bucket = item->>'bucket'
      and counted.slot = floor((item->>'at')::numeric / ((item->>'windowMs')::numeric / ${SLOTS}));
  delete from lumenfall_limit_lease using jsonb_array_elements(items) as item
    where item->>'kind' = 'lease' and bucket = item->>'bucket' and request_id = request;
end $$;

create or replace function lumenfall_renew_leases_1(items jsonb) returns void language plpgsql as $$
begin
  perform lumenfall_lock_limits_1(items);
  update lumenfall_limit_lease as lease
    set until = clock_timestamp() + (item->>'ttlMs')::numeric * interval '1 ms'
    from jsonb_array_elements(items) as item
    where lease.bucket = item->>'bucket' and lease.request_id = item->>'requestId' and until > clock_timestamp();
end $$;

create or replace function lumenfall_settle_limits_1(of_bucket text, figures jsonb, included jsonb)
returns void language plpgsql as $$
begin
  perform lumenfall_lock_limits_1(jsonb_build_array(jsonb_build_object('bucket', of_bucket)));
  delete from lumenfall_limit_figure where bucket = of_bucket and not figures ? name;
  insert into lumenfall_limit_figure as known (bucket, name, amount, read_at)
    select of_bucket, key, value::bigint, clock_timestamp() from jsonb_each_text(figures)
    on conflict (bucket, name) do update set amount = greatest(known.amount, excluded.amount), read_at = excluded.read_at;
  delete from lumenfall_limit_lease where bucket = of_bucket
    and request_id in (select value from jsonb_array_elements_text(included));
end $$;`;

// Rows of buckets that nothing asks about any more.
const SWEEP = `
with slots as (delete from lumenfall_limit_slot where ends_at < clock_timestamp()),
figures as (delete from lumenfall_limit_figure where read_at < clock_timestamp() - interval '1 day')
delete from lumenfall_limit_lease where until < clock_timestamp()`;

const levels = z.array(z.object({ used: z.number(), resetMs: z.number() }));
const stale = z.array(z.string());
const outcomeSchema = z.tuple([
  z.object({
    outcome: z.discriminatedUnion('outcome', [
      z.object({ outcome: z.literal('taken'), at: z.number(), levels, stale }),
      z.object({ outcome: z.literal('refused'), claim: z.number(), retryMs: z.number().nullable(), levels, stale }),
      z.object({ outcome: z.literal('unsettled'), buckets: z.array(z.string()) }),
    ]),
  }),
]);

/** The counters as tables and functions in BullMQ's schema, created by the first process. */
export async function openPostgresLimitCounters(pool: pg.Pool): Promise<LimitCounters> {
  const client = await pool.connect();
  try {
    await createTables(client, TABLES);
    await client.query(SWEEP);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
  const query = async (name: string, text: string, values: unknown[]): Promise<unknown[]> =>
    (await pool.query({ name, text, values, query_timeout: COMMAND_DEADLINE_MS } as pg.QueryConfig)).rows;
  return {
    async take(requestId, claims) {
      const text = 'select lumenfall_take_limits_1($1, $2) as outcome';
      const rows = await query('lumenfall-take-limits', text, [requestId, JSON.stringify(claims)]);
      return outcomeSchema.parse(rows)[0].outcome;
    },
    async give(requestId, returns) {
      const text = 'select lumenfall_give_limits_1($1, $2)';
      await query('lumenfall-give-limits', text, [requestId, JSON.stringify(returns)]);
    },
    async renew(renewals) {
      await query('lumenfall-renew-leases', 'select lumenfall_renew_leases_1($1)', [JSON.stringify(renewals)]);
    },
    async leases(bucket) {
      const text = 'select request_id as id from lumenfall_limit_lease where bucket = $1 and until > clock_timestamp()';
      return z
        .array(z.object({ id: z.string() }))
        .parse(await query('lumenfall-leases', text, [bucket]))
        .map(({ id }) => id);
    },
    async settle(bucket, { figures, included }) {
      const text = 'select lumenfall_settle_limits_1($1, $2, $3)';
      await query('lumenfall-settle-limits', text, [bucket, JSON.stringify(figures), JSON.stringify(included)]);
    },
  };
}
