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
begin
  perform pg_advisory_xact_lock(hashtextextended(bucket, 7426193559))
    from (select distinct item->>'bucket' as bucket from jsonb_array_elements(items) as item order by 1) as locks;
end $$;

create or replace function lumenfall_take_limits_1(request text, claims jsonb) returns jsonb language plpgsql as $$
declare
  now_ms numeric;
  moment timestamptz;
  one record;
  wait numeric;
  refused integer;
  longest numeric := -1;
  used numeric[] := '{}';
  reset_ms numeric[] := '{}';
  unsettled text[] := '{}';
  stale text[] := '{}';
begin
  perform lumenfall_lock_limits_1(claims);
  moment := clock_timestamp();
  now_ms := floor(extract(epoch from moment) * 1000);
  -- What has ended is not counted; now and then it is deleted.
  if random() < 0.05 then
    delete from lumenfall_limit_slot using jsonb_array_elements(claims) as item
      where bucket = item->>'bucket' and ends_at <= moment;
    delete from lumenfall_limit_lease using jsonb_array_elements(claims) as item
      where bucket = item->>'bucket' and until <= moment;
  end if;
  for one in
    select claim.position, claim.kind, claim.bucket, claim.wanted, claim.most, claim.figure, claim.slot_ms,
      coalesce(counted.used, leased.used) + coalesce(known.amount, 0) as used, counted.reset_ms,
      coalesce(leased.mine, false) as mine, claim.figure is not null and known.name is null as unknown,
      known.read_at < moment - interval '${FIGURES_FRESH_MS} ms' as old
    from (
      select ordinality as position, item->>'kind' as kind, item->>'bucket' as bucket, item->>'figure' as figure,
        (item->>'amount')::numeric as wanted, (item->>'limit')::numeric as most,
        (item->>'windowMs')::numeric / ${SLOTS} as slot_ms
      from jsonb_array_elements(claims) with ordinality as items (item, ordinality)
    ) as claim
    left join lateral (
      select coalesce(sum(amount), 0) as used, ceil((max(slot) + ${SLOTS} + 1) * claim.slot_ms - now_ms) as reset_ms
      from lumenfall_limit_slot where bucket = claim.bucket and ends_at > moment and amount > 0
    ) as counted on claim.kind = 'window'
    left join lateral (
      select coalesce(sum(amount), 0) as used, bool_or(request_id = request) as mine
      from lumenfall_limit_lease where bucket = claim.bucket and until > moment
    ) as leased on claim.kind = 'lease'
    left join lumenfall_limit_figure as known on known.bucket = claim.bucket and known.name = claim.figure
    order by claim.position
  loop
    used := used || one.used;
    reset_ms := reset_ms || coalesce(one.reset_ms, 0);
    if one.unknown then unsettled := unsettled || one.bucket; end if;
    if one.old then stale := stale || one.bucket; end if;
    if one.mine or one.used + one.wanted <= one.most then continue; end if;
    if one.kind = 'lease' then wait := case when one.figure is null then 0 else 1e15 end;
    elsif one.wanted > one.most then wait := 'infinity';
    else
      select ceil((min(slot) + ${SLOTS} + 1) * one.slot_ms - now_ms) into wait
        from (select slot, sum(amount) over (order by slot) as freed
          from lumenfall_limit_slot where bucket = one.bucket and ends_at > moment and amount > 0) as slots
        where one.used + one.wanted - freed <= one.most;
    end if;
    if wait > longest then
      refused := one.position - 1;
      longest := wait;
    end if;
  end loop;

  if unsettled <> '{}' then return jsonb_build_object('outcome', 'unsettled', 'buckets', unsettled); end if;
  if refused is not null then
    return jsonb_build_object('outcome', 'refused', 'claim', refused, 'used', used, 'resetMs', reset_ms, 'stale', stale,
      'retryMs', case when longest > 0 and longest < 1e15 then longest end);
  end if;

  insert into lumenfall_limit_slot as counted (bucket, slot, amount, ends_at)
    select bucket, floor(now_ms / slot_ms), wanted, to_timestamp((floor(now_ms / slot_ms) + ${SLOTS} + 1) * slot_ms / 1000)
    from (
      select item->>'bucket' as bucket, (item->>'amount')::numeric as wanted, (item->>'windowMs')::numeric / ${SLOTS} as slot_ms
      from jsonb_array_elements(claims) as item where item->>'kind' = 'window'
    ) as windows
    on conflict (bucket, slot) do update set amount = counted.amount + excluded.amount;
  insert into lumenfall_limit_lease (bucket, request_id, amount, until)
    select distinct on (1) item->>'bucket', request, (item->>'amount')::numeric,
      moment + (item->>'ttlMs')::numeric * interval '1 ms'
    from jsonb_array_elements(claims) as item where item->>'kind' = 'lease'
    on conflict (bucket, request_id) do update set until = excluded.until;
  if stale <> '{}' then
    with asked as (
      update lumenfall_limit_figure set asked_at = moment
      where bucket = any (stale) and asked_at < moment - interval '${FIGURES_FRESH_MS} ms' returning bucket
    )
    select coalesce(array_agg(distinct bucket), '{}') into stale from asked;
  end if;
  return jsonb_build_object('outcome', 'taken', 'at', now_ms, 'stale', stale, 'used', used, 'resetMs', reset_ms);
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

/** By claim, without the request itself. */
const counted = { used: z.array(z.number()), resetMs: z.array(z.number()), stale: z.array(z.string()) };
const outcomeSchema = z.tuple([
  z.object({
    outcome: z.discriminatedUnion('outcome', [
      z.object({ outcome: z.literal('taken'), at: z.number(), ...counted }),
      z.object({ outcome: z.literal('refused'), claim: z.number(), retryMs: z.number().nullable(), ...counted }),
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
      const [{ outcome }] = outcomeSchema.parse(rows);
      if (outcome.outcome === 'unsettled') return outcome;
      const { used, resetMs, ...rest } = outcome;
      if (rest.outcome === 'refused') {
        return { ...rest, levels: used.map((amount, index) => ({ used: amount, resetMs: resetMs[index] ?? 0 })) };
      }
      const levels = claims.map((claim, index) => ({
        used: (used[index] ?? 0) + claim.amount,
        resetMs: claim.kind === 'window' ? endOfSlot(rest.at, claim.windowMs / SLOTS) : 0,
      }));
      return { ...rest, levels };
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

/** ms until what is counted at a moment leaves its window. */
const endOfSlot = (at: number, slotMs: number): number =>
  Math.ceil((Math.floor(at / slotMs) + SLOTS + 1) * slotMs - at);
