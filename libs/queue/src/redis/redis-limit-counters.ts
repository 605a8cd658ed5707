import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { FIGURES_FRESH_MS, SLOTS, type LimitCounters, type TakeOutcome } from '../limits/limit-counters.js';

/** Keys of a bucket expire this long after their last use; no lease is longer. */
const KEPT_MS = 24 * 3_600_000;

/**
 * Keys of a bucket, after the prefix: `:slots` (hash, slot -> amount), `:until` (sorted set, request id by the end of
 * its lease), `:amounts` (hash, request id -> amount, and their `#sum`),
 * `:figures` (hash, figure -> amount, and `#at`).
 */
const SHARED = `
local prefix, kept = ARGV[1], ${KEPT_MS}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function whole(n) return string.format('%.0f', n) end
local function key(bucket, part) return prefix .. bucket .. part end

local function endLease(bucket, id)
  local amount = redis.call('HGET', key(bucket, ':amounts'), id)
  if not amount then return end
  redis.call('HINCRBY', key(bucket, ':amounts'), '#sum', whole(-amount))
  redis.call('HDEL', key(bucket, ':amounts'), id)
  redis.call('ZREM', key(bucket, ':until'), id)
end`;

/** The wait of a claim that a figure refuses: longer than that of a window, and not known here. */
const UNKNOWN_WAIT = 1e15;

const TAKE = `${SHARED}
local id, claims = ARGV[2], cjson.decode(ARGV[3])
local refused, wait, levels, unsettled, stale = nil, -1, {}, {}, {}

local function refuse(index, ms)
  if not refused or ms > wait then refused, wait = index, ms end
end

for index, claim in ipairs(claims) do
  local bucket, used, resetMs = claim.bucket, 0, 0
  if claim.kind == 'window' then
    local slotMs = claim.windowMs / ${SLOTS}
    local first, slots, newest = math.floor(now / slotMs) - ${SLOTS}, {}, nil
    local stored = redis.call('HGETALL', key(bucket, ':slots'))
    for i = 1, #stored, 2 do
      local slot, amount = tonumber(stored[i]), tonumber(stored[i + 1])
      if slot < first then redis.call('HDEL', key(bucket, ':slots'), stored[i])
      elseif amount > 0 then
        used = used + amount
        slots[#slots + 1] = { slot, amount }
        if not newest or slot > newest then newest = slot end
      end
    end
    local function endOf(slot) return math.ceil((slot + ${SLOTS} + 1) * slotMs - now) end
    if newest then resetMs = endOf(newest) end
    if claim.amount > claim.limit then refuse(index, math.huge)
    elseif used + claim.amount > claim.limit then
      table.sort(slots, function(a, b) return a[1] < b[1] end)
      local missing = used + claim.amount - claim.limit
      for _, slot in ipairs(slots) do
        missing = missing - slot[2]
        if missing <= 0 then refuse(index, endOf(slot[1])) break end
      end
    end
  else
    for _, ended in ipairs(redis.call('ZRANGEBYSCORE', key(bucket, ':until'), '-inf', now)) do endLease(bucket, ended) end
    used = tonumber(redis.call('HGET', key(bucket, ':amounts'), '#sum') or 0)
    if claim.figure then
      local figures = redis.call('HMGET', key(bucket, ':figures'), claim.figure, '#at', '#asked')
      if not figures[1] then unsettled[#unsettled + 1] = bucket
      else
        used = used + figures[1]
        if now - figures[2] > ${FIGURES_FRESH_MS} then
          stale[#stale + 1] = { bucket, now - (figures[3] or 0) > ${FIGURES_FRESH_MS} }
        end
      end
    end
    local mine = redis.call('HEXISTS', key(bucket, ':amounts'), id) == 1
    if not mine and used + claim.amount > claim.limit then refuse(index, claim.figure and ${UNKNOWN_WAIT} or 0) end
  end
  levels[index] = { used, resetMs }
end

if #unsettled > 0 then return { 'unsettled', unsettled } end
local due = {}
if refused then
  for i, one in ipairs(stale) do due[i] = one[1] end
  return { 'refused', refused - 1, wait >= ${UNKNOWN_WAIT} and 0 or wait, levels, due }
end

for index, claim in ipairs(claims) do
  local bucket = claim.bucket
  levels[index][1] = levels[index][1] + claim.amount
  if claim.kind == 'window' then
    local slotMs = claim.windowMs / ${SLOTS}
    redis.call('HINCRBY', key(bucket, ':slots'), whole(math.floor(now / slotMs)), whole(claim.amount))
    redis.call('PEXPIRE', key(bucket, ':slots'), whole(claim.windowMs * 2))
    levels[index][2] = math.ceil((math.floor(now / slotMs) + ${SLOTS} + 1) * slotMs - now)
  else
    if redis.call('HSETNX', key(bucket, ':amounts'), id, whole(claim.amount)) == 1 then
      redis.call('HINCRBY', key(bucket, ':amounts'), '#sum', whole(claim.amount))
    end
    redis.call('ZADD', key(bucket, ':until'), now + claim.ttlMs, id)
    redis.call('PEXPIRE', key(bucket, ':amounts'), kept)
    redis.call('PEXPIRE', key(bucket, ':until'), kept)
  end
end
for _, one in ipairs(stale) do
  if one[2] then
    redis.call('HSET', key(one[1], ':figures'), '#asked', now)
    due[#due + 1] = one[1]
  end
end
return { 'taken', now, levels, due }`;

const GIVE = `${SHARED}
for _, item in ipairs(cjson.decode(ARGV[3])) do
  if item.kind == 'lease' then endLease(item.bucket, ARGV[2])
  else
    local slot = whole(math.floor(item.at / (item.windowMs / ${SLOTS})))
    if redis.call('HEXISTS', key(item.bucket, ':slots'), slot) == 1 then
      redis.call('HINCRBY', key(item.bucket, ':slots'), slot, whole(-item.amount))
    end
  end
end`;

const RENEW = `${SHARED}
for _, item in ipairs(cjson.decode(ARGV[2])) do
  local untilMs = redis.call('ZSCORE', key(item.bucket, ':until'), item.requestId)
  if untilMs and tonumber(untilMs) > now then
    redis.call('ZADD', key(item.bucket, ':until'), now + item.ttlMs, item.requestId)
  end
end`;

const LEASES = `${SHARED}
return redis.call('ZRANGEBYSCORE', key(ARGV[2], ':until'), now, '+inf')`;

const SETTLE = `${SHARED}
local bucket, settlement = ARGV[2], cjson.decode(ARGV[3])
local known, fields = {}, { '#at', now }
local stored = redis.call('HGETALL', key(bucket, ':figures'))
for i = 1, #stored, 2 do known[stored[i]] = tonumber(stored[i + 1]) end
for name, amount in pairs(settlement.figures) do
  fields[#fields + 1] = name
  fields[#fields + 1] = whole(math.max(amount, known[name] or 0))
end
redis.call('DEL', key(bucket, ':figures'))
redis.call('HSET', key(bucket, ':figures'), unpack(fields))
redis.call('PEXPIRE', key(bucket, ':figures'), kept)
for _, id in ipairs(settlement.included) do endLease(bucket, id) end`;

const levelsSchema = z
  .array(z.tuple([z.number(), z.number()]))
  .transform((levels) => levels.map(([used, resetMs]) => ({ used, resetMs })));
const outcomeSchema = z.union([
  z.tuple([z.literal('taken'), z.number(), levelsSchema, z.array(z.string())]),
  z.tuple([z.literal('refused'), z.number(), z.number(), levelsSchema, z.array(z.string())]),
  z.tuple([z.literal('unsettled'), z.array(z.string())]),
]);

/** The counters on Redis: each call is one script, and the clock is that of Redis. */
export function redisLimitCounters(client: Redis, prefix: string): LimitCounters {
  const run = runnerOf(client, `${prefix}:limits:`);
  return {
    async take(requestId, claims): Promise<TakeOutcome> {
      const reply = outcomeSchema.parse(await run(TAKE, requestId, JSON.stringify(claims)));
      switch (reply[0]) {
        case 'taken':
          return { outcome: 'taken', at: reply[1], levels: reply[2], stale: reply[3] };
        case 'refused': {
          const [outcome, claim, retryMs, levels, stale] = reply;
          return { outcome, claim, retryMs: retryMs > 0 ? retryMs : null, levels, stale };
        }
        case 'unsettled':
          return { outcome: 'unsettled', buckets: reply[1] };
      }
    },
    give: async (requestId, returns) => void (await run(GIVE, requestId, JSON.stringify(returns))),
    renew: async (renewals) => void (await run(RENEW, JSON.stringify(renewals))),
    leases: async (bucket) => z.array(z.string()).parse(await run(LEASES, bucket)),
    settle: async (bucket, settlement) => void (await run(SETTLE, bucket, JSON.stringify(settlement))),
  };
}

/** Runs scripts by their hash; a Redis that does not know one gets its text. */
function runnerOf(client: Redis, prefix: string): (script: string, ...values: string[]) => Promise<unknown> {
  const hashes = new Map<string, string>();
  return async (script, ...values) => {
    const hash = hashes.get(script) ?? createHash('sha1').update(script).digest('hex');
    hashes.set(script, hash);
    try {
      return await client.evalsha(hash, 0, prefix, ...values);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return client.eval(script, 0, prefix, ...values);
    }
  };
}
