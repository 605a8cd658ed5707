import { deadline } from '@lumenfall/async';
import { createRedisBackend, Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import {
  pausingAfterFailure,
  type Backend,
  type BackendOptions,
  type Envelope,
  type Channels,
  type SharedStateStore,
} from '../backend.js';
import { EngineRefused, placeOf, reasonOf } from '../queue-errors.js';
import { COMMAND_DEADLINE_MS, EVENTS_KEPT, STATE_ENTRY_MS } from '../settings.js';
import { redisLimitCounters } from './redis-limit-counters.js';
import { redisUsageLog } from './redis-usage-log.js';

const CONNECT_MS = 5_000;

const retryStrategy = (times: number): number => Math.min(50 * 2 ** times, 2_000);

/** For commands of the request path: while Redis is unreachable they fail at once. */
const FAIL_AT_ONCE: RedisOptions = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
};

/** BullMQ on Redis. Throws `EngineRefused` if Redis is unreachable or may drop jobs. */
export async function openRedisBackend(url: URL, { name, stallMs, onError }: BackendOptions): Promise<Backend> {
  const { prefix, options } = readRedisAddress(url);
  const opened: Redis[] = [];
  const connect = (role: string, more: object): Redis => {
    const client = new Redis({
      ...options,
      retryStrategy,
      connectionName: `${name}:${role}`,
      lazyConnect: true,
      ...more,
    });
    client.on('error', onError);
    opened.push(client);
    return client;
  };
  const disconnectAll = (): void => opened.forEach((client) => client.disconnect());

  const commands = connect('commands', { ...FAIL_AT_ONCE, commandTimeout: COMMAND_DEADLINE_MS });
  try {
    await firstConnection(commands, placeOf(url));
    await assertKeepsJobs(commands, placeOf(url));
  } catch (error) {
    disconnectAll();
    throw error;
  }

  return {
    queue: (queueName) =>
      new Queue<Envelope, void, string>(queueName, {
        connection: commands,
        prefix,
        streams: { events: { maxLen: EVENTS_KEPT } },
      }),
    worker: (queueName, processor, settings) => {
      const connection = connect('worker', { maxRetriesPerRequest: null, lazyConnect: false });
      const worker = new Worker<Envelope, void, string>(
        queueName,
        processor,
        { ...settings, connection, prefix },
        (...about) => pausingAfterFailure(createRedisBackend(...about)),
      );
      worker.once('closed', () => connection.disconnect());
      return worker;
    },
    // Connects on first use: a process that only enqueues needs no listener.
    channels: redisChannels(commands, connect('listener', { maxRetriesPerRequest: null }), prefix),
    openSharedState: async () => redisSharedState(commands, prefix),
    openLimitCounters: async () => redisLimitCounters(commands, prefix),
    usageLog: redisUsageLog(commands, {
      prefix,
      stallMs,
      // A connection that has lost its server without noticing is replaced.
      connectReader: (blockMs) =>
        connect('usage-log', {
          ...FAIL_AT_ONCE,
          commandTimeout: blockMs + COMMAND_DEADLINE_MS,
          socketTimeout: blockMs + COMMAND_DEADLINE_MS,
        }),
    }),
    ping: async () => void (await commands.ping()),
    close: async () => disconnectAll(),
  };
}

async function firstConnection(client: Redis, place: string): Promise<void> {
  let lastFailure: unknown;
  const remember = (error: unknown): void => void (lastFailure = error);
  client.on('error', remember);
  try {
    await deadline(untilReady(client), CONNECT_MS, () => {
      throw lastFailure ?? new Error(`no answer in ${CONNECT_MS} ms`);
    });
  } catch (error) {
    throw new EngineRefused(`Redis at ${place} cannot be used: ${reasonOf(error)}. Is it running? See QUEUE_URL.`, {
      cause: error,
    });
  } finally {
    client.off('error', remember);
  }
}

function untilReady(client: Redis): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve());
    // Wait for an unreachable server, but not after a refused password.
    client.on('error', (error) => /WRONGPASS|NOAUTH|ERR AUTH|invalid DB/i.test(error.message) && reject(error));
    client.connect().catch(() => undefined);
  });
}

interface RedisAddress {
  /** Prefix of every key and channel, from `?prefix=`: several installations can share one Redis. */
  prefix: string;
  options: RedisOptions;
}

/** `redis[s]://[user:password@]host[:port][/db][?prefix=...]` */
function readRedisAddress(url: URL): RedisAddress {
  const db = Number(url.pathname.slice(1) || 0);
  return {
    prefix: url.searchParams.get('prefix') || 'lumenfall',
    options: {
      host: url.hostname,
      port: Number(url.port || 6379),
      db: Number.isInteger(db) ? db : 0,
      ...(url.username && { username: decodeURIComponent(url.username) }),
      ...(url.password && { password: decodeURIComponent(url.password) }),
      ...(url.protocol === 'rediss:' && { tls: {} }),
    },
  };
}

/** Throws `EngineRefused` if Redis may evict keys: any policy but `noeviction` drops jobs. */
async function assertKeepsJobs(client: Redis, place: string): Promise<void> {
  const memory = await client.info('memory');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy !== undefined && policy !== 'noeviction') {
    throw new EngineRefused(
      `Redis at ${place} runs with maxmemory-policy ${policy}, which may drop queued jobs. Set it to noeviction.`,
    );
  }
}

/** Publish and subscribe on Redis. `listener` becomes a subscriber: it takes no other commands. */
export function redisChannels(commands: Redis, listener: Redis, prefix: string): Channels {
  const listeners = new Map<string, (text: string) => void>();
  // ioredis restores subscriptions after a reconnection.
  listener.on('message', (channel, text) => listeners.get(channel)?.(text));
  return {
    publish: async (channel, text) => void (await commands.publish(`${prefix}:${channel}`, text)),
    subscribe: async (channel, onText) => {
      const name = `${prefix}:${channel}`;
      listeners.set(name, onText);
      await listener.subscribe(name);
      return async () => {
        listeners.delete(name);
        if (listener.status === 'ready') await listener.unsubscribe(name);
      };
    },
  };
}

/** An entry is stored as `<unix ms of writing>|<value>`, since hash fields cannot expire in older versions of Redis. */
const REPLACE = `
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local known = ''
if stored then
  local bar = string.find(stored, '|', 1, true)
  if tonumber(string.sub(stored, 1, bar - 1)) >= tonumber(ARGV[5]) then known = '=' .. string.sub(stored, bar + 1) end
end
if known ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4] .. '|' .. ARGV[3])
return 1`;

/** The shared state as one hash, and a key for each lease. */
export function redisSharedState(client: Redis, prefix: string): SharedStateStore {
  const hash = `${prefix}:shared-state`;
  return {
    async read() {
      const stored = await client.hgetall(hash);
      const entries = new Map<string, string>();
      const stale: string[] = [];
      for (const [key, text] of Object.entries(stored)) {
        const value = valueOf(text);
        if (value === null) stale.push(key);
        else entries.set(key, value);
      }
      // An entry that is rewritten at this moment is lost, which is acceptable after a day without a write.
      if (stale.length > 0) await client.hdel(hash, ...stale);
      return entries;
    },

    async get(key) {
      const stored = await client.hget(hash, key);
      return stored === null ? null : valueOf(stored);
    },

    async replace(key, from, to) {
      const now = Date.now();
      const expected = from === null ? '' : `=${from}`;
      return (await client.eval(REPLACE, 1, hash, key, expected, to, now, now - STATE_ENTRY_MS)) === 1;
    },

    claim: async (key, ttlMs) => (await client.set(`${hash}:lease:${key}`, '1', 'PX', ttlMs, 'NX')) === 'OK',
  };
}

function valueOf(stored: string): string | null {
  const bar = stored.indexOf('|');
  return Number(stored.slice(0, bar)) >= Date.now() - STATE_ENTRY_MS ? stored.slice(bar + 1) : null;
}
