import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { StoredRecord, TakenRecord, UsageLogStore, UsageLogStoreReader } from '../usage-log/usage-log-store.js';
import { TurnPipeline } from './turn-pipeline.js';

/** The one consumer group. */
const GROUP = 'billing';
/** A read blocks for this long at most, so that closing takes no longer. */
const BLOCK_MS = 500;

/** Takes entries whose reader has been silent. KEYS: stream. ARGV: group, consumer, idle ms, limit. */
const CLAIM = `
local idle = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[3], '-', '+', ARGV[4])
if #idle == 0 then return {} end
local ids, deliveries, taken = {}, {}, {}
for i, entry in ipairs(idle) do
  ids[i] = entry[1]
  deliveries[entry[1]] = entry[4] + 1
end
for _, entry in ipairs(redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], unpack(ids))) do
  if entry then taken[#taken + 1] = { entry[1], entry[2], deliveries[entry[1]] } end
end
return taken`;

/** Acknowledged entries leave the stream, so it is never trimmed. KEYS: stream. ARGV: group, ids. */
const ACKNOWLEDGE = `
redis.call('XACK', KEYS[1], unpack(ARGV))
return redis.call('XDEL', KEYS[1], unpack(ARGV, 2))`;

/** KEYS: stream, hash of those set aside. ARGV: group, id, JSON of the circumstances. */
const SET_ASIDE = `
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
if not entry then return 0 end
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)[1]
local deliveries = pending and pending[4] or 0
redis.call('HSET', KEYS[2], entry[2][2], deliveries .. '\\n' .. ARGV[3] .. '\\n' .. entry[2][4])
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return redis.call('XDEL', KEYS[1], ARGV[2])`;

/** KEYS: stream, hash of those set aside. ARGV: request ids. */
const REPLAY = `
local replayed = 0
for _, id in ipairs(ARGV) do
  local kept = redis.call('HGET', KEYS[2], id)
  if kept then
    redis.call('XADD', KEYS[1], '*', 'id', id, 'record', string.match(kept, '^[^\\n]*\\n[^\\n]*\\n(.*)$'))
    replayed = replayed + redis.call('HDEL', KEYS[2], id)
  end
end
return replayed`;

/** Removes consumers that have left nothing and have been silent. KEYS: stream. ARGV: group, idle ms, consumer. */
const FORGET_CONSUMERS = `
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local about = {}
  for i = 1, #info, 2 do about[info[i]] = info[i + 1] end
  local gone = about.idle >= tonumber(ARGV[2]) or about.name == ARGV[3]
  if gone and about.pending == 0 then redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], about.name) end
end`;
const CONSUMER_FORGOTTEN_MS = 3_600_000;

const fieldsSchema = z.tuple([z.literal('id'), z.string(), z.literal('record'), z.string()]);
const entrySchema = z.tuple([z.string(), fieldsSchema]);
const readSchema = z.array(z.tuple([z.string(), z.array(entrySchema)])).nullable();
const claimedSchema = z.array(z.tuple([z.string(), fieldsSchema, z.number()]));
const circumstancesSchema = z.object({ reason: z.string(), setAsideAt: z.number() });

export interface RedisUsageLogOptions {
  prefix: string;
  stallMs: number;
  /** Opens a connection for reads that block for up to `blockMs`. */
  connectReader(blockMs: number): Redis;
}

/**
 * The log as a stream with a consumer group, and a hash of the records that were set aside:
 * `<deliveries>\n<circumstances as JSON>\n<text>` by request id.
 */
export function redisUsageLog(commands: Redis, options: RedisUsageLogOptions): UsageLogStore {
  const stream = `${options.prefix}:usage-log`;
  const aside = `${stream}:set-aside`;
  const pipeline = new TurnPipeline<StoredRecord>(async (records) => {
    const batch = commands.pipeline();
    for (const { requestId, text } of records) batch.xadd(stream, '*', 'id', requestId, 'record', text);
    return ((await batch.exec()) ?? []).map(([error]) => error);
  });
  return {
    append: (record) => pipeline.add(record),

    openReader: () => openReader(commands, { ...options, stream, aside }),

    async figures() {
      const [depth, oldest, setAside, [seconds]] = await Promise.all([
        commands.xlen(stream),
        commands.xrange(stream, '-', '+', 'COUNT', 1),
        commands.hlen(aside),
        commands.time(),
      ]);
      const since = oldest[0] && appendedAtOf(oldest[0][0]);
      return { depth, lagMs: since === undefined ? 0 : Math.max(0, Number(seconds) * 1_000 - since), setAside };
    },

    isSetAside: async (requestId) => (await commands.hexists(aside, requestId)) === 1,

    async listSetAside(limit) {
      const kept = await commands.hgetall(aside);
      return Object.entries(kept)
        .slice(0, limit)
        .map(([requestId, value]) => {
          const [deliveries, circumstances = ''] = value.split('\n', 2);
          return {
            requestId,
            deliveries: Number(deliveries),
            ...circumstancesSchema.parse(JSON.parse(circumstances)),
          };
        });
    },

    replay: async (requestIds) => Number(await commands.eval(REPLAY, 2, stream, aside, ...requestIds)),
  };
}

interface ReaderOptions extends RedisUsageLogOptions {
  stream: string;
  aside: string;
}

async function openReader(
  commands: Redis,
  { stream, aside, stallMs, connectReader }: ReaderOptions,
): Promise<UsageLogStoreReader> {
  const consumer = randomUUID();
  const connection = connectReader(BLOCK_MS);
  let interrupted = false;
  let claimDueAt = 0;

  const createGroup = async (): Promise<void> => {
    try {
      // From the start of the stream: records may have been appended before the first reader existed.
      await commands.xgroup('CREATE', stream, GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
    }
  };

  const claim = async (max: number): Promise<TakenRecord[]> => {
    const found: unknown = await commands.eval(CLAIM, 1, stream, GROUP, consumer, stallMs, max);
    const taken = claimedSchema.parse(found);
    // Look again at once while there are more.
    if (taken.length < max) claimDueAt = Date.now() + stallMs / 4;
    return taken.map(([id, fields, deliveries]) => toTaken(id, fields, deliveries));
  };

  const readNew = async (max: number, waitMs: number): Promise<TakenRecord[]> => {
    // BLOCK 0 would block for ever.
    const blockMs = Math.max(1, Math.min(BLOCK_MS, Math.ceil(waitMs)));
    const found: unknown = await connection.xreadgroup(
      ...(['GROUP', GROUP, consumer, 'COUNT', max, 'BLOCK', blockMs, 'STREAMS', stream, '>'] as const),
    );
    return (readSchema.parse(found)?.[0]?.[1] ?? []).map(([id, fields]) => toTaken(id, fields, 1));
  };

  await createGroup();
  await commands.eval(FORGET_CONSUMERS, 1, stream, GROUP, CONSUMER_FORGOTTEN_MS, '');
  await connection.connect();

  return {
    async take(max, waitMs) {
      const until = Date.now() + waitMs;
      while (!interrupted) {
        try {
          const claimed = Date.now() >= claimDueAt ? await claim(max) : [];
          const taken = claimed.length > 0 ? claimed : await readNew(max, until - Date.now());
          if (taken.length > 0 || Date.now() >= until) return taken;
        } catch (error) {
          if (!(error instanceof Error && error.message.includes('NOGROUP'))) throw error;
          // The stream was lost with its group, such as in a restart of a Redis without persistence.
          await createGroup();
        }
      }
      return [];
    },

    acknowledge: async (ids) => void (await commands.eval(ACKNOWLEDGE, 1, stream, GROUP, ...ids)),

    async handBack(ids) {
      // As idle as an entry can be, and not counted as a delivery.
      await commands.xclaim(...([stream, GROUP, consumer, 0, ...ids, 'IDLE', stallMs * 1_000, 'JUSTID'] as const));
    },

    async setAside(id, reason) {
      const circumstances = JSON.stringify({ reason, setAsideAt: Date.now() });
      await commands.eval(SET_ASIDE, 2, stream, aside, GROUP, id, circumstances);
    },

    interrupt: () => void (interrupted = true),

    async close() {
      await commands.eval(FORGET_CONSUMERS, 1, stream, GROUP, CONSUMER_FORGOTTEN_MS, consumer).catch(() => undefined);
      connection.disconnect();
    },
  };
}

/** The id of an entry starts with its time. */
const appendedAtOf = (id: string): number => Number(id.slice(0, id.indexOf('-')));

const toTaken = (id: string, fields: z.infer<typeof fieldsSchema>, deliveries: number): TakenRecord => ({
  id,
  requestId: fields[1],
  text: fields[3],
  deliveries,
  appendedAt: appendedAtOf(id),
});
