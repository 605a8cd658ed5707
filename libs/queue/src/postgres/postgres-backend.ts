import { Batcher } from '@lumenfall/async';
import {
  createPostgresBackend,
  DEFAULT_SCHEMA,
  runMigrations,
  withBackend,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  createPostgresRelayBackend,
  Relay,
} from 'bullmq';
import pg from 'pg';
import { pausingAfterFailure, type Backend, type BackendOptions, type Envelope, type Channels } from '../backend.js';
import { EngineRefused, placeOf, reasonOf } from '../queue-errors.js';
import { COMMAND_DEADLINE_MS, EVENTS_KEPT, OPEN_DEADLINE_MS } from '../settings.js';
import { openPostgresLimitCounters } from './postgres-limit-counters.js';
import { openPostgresSharedState } from './postgres-shared-state.js';
import { createTables } from './create-tables.js';
import { postgresUsageLog, USAGE_LOG_TABLES } from './postgres-usage-log.js';

const { Queue, Worker } = withBackend<PostgresQueueBackend, PostgresConnectionOptions>((...about) =>
  pausingAfterFailure(createPostgresBackend(...about)),
);

/** Per process. A worker and the reply channel each keep one for listening. */
const MAX_CONNECTIONS = 8;

/** BullMQ on PostgreSQL, in its own schema `bullmq`. Throws `EngineRefused` if the database cannot be used. */
export async function openPostgresBackend(url: URL, { name, stallMs, onError }: BackendOptions): Promise<Backend> {
  await migrate(url);
  const pool = new pg.Pool({
    connectionString: url.href,
    options: `-c search_path=${DEFAULT_SCHEMA}`,
    application_name: `${name}:queue`,
    max: MAX_CONNECTIONS,
    keepAlive: true,
    connectionTimeoutMillis: COMMAND_DEADLINE_MS,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', onError);
  const channels = await openPostgresChannels(pool, onError);
  return {
    queue: (queueName) =>
      new Queue<Envelope, void, string>(queueName, { connection: pool, streams: { events: { maxLen: EVENTS_KEPT } } }),
    worker: (queueName, processor, settings) =>
      new Worker<Envelope, void, string>(queueName, processor, { ...settings, connection: pool }),
    channels,
    openSharedState: () => openPostgresSharedState(pool),
    openLimitCounters: () => openPostgresLimitCounters(pool),
    usageLog: postgresUsageLog(pool, stallMs),
    ping: async () => void (await pool.query('select 1')),
    close: async () => {
      await channels.close();
      await pool.end();
    },
  };
}

/** Creates or migrates BullMQ's tables and ours; processes that start together wait for an advisory lock. */
async function migrate(url: URL): Promise<void> {
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: OPEN_DEADLINE_MS });
  client.on('error', () => undefined); // The running query rejects with it too.
  try {
    await client.connect();
    await runMigrations(client);
    await client.query(`set search_path to ${DEFAULT_SCHEMA}`);
    await createTables(client, USAGE_LOG_TABLES);
  } catch (error) {
    throw new EngineRefused(
      `PostgreSQL at ${placeOf(url)} cannot be used as a queue: ${reasonOf(error)}. Is it running? See QUEUE_URL.`,
      { cause: error },
    );
  } finally {
    await client.end().catch(() => undefined); // It may never have been connected.
  }
}

/** BullMQ's limit for one message. Above `MAX_PART_CHARS`, since JSON in JSON may double it. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Longer texts are published alone. */
const MAX_BATCH_CHARS = 1024 * 1024;

/**
 * Publish and subscribe on PostgreSQL. A publication is a transaction of some ms, so waiting texts to the same channel
 * share one, which also keeps their order.
 */
export async function openPostgresChannels(
  pool: pg.Pool,
  onError: (error: Error) => void,
): Promise<Channels & { close(): Promise<void> }> {
  const relay = new Relay({
    connection: pool,
    backend: createPostgresRelayBackend,
    namespace: 'lumenfall',
    maxMessageSize: MAX_MESSAGE_BYTES,
  });
  relay.on('error', onError);
  await relay.waitUntilReady();
  const senders = new Map<string, Batcher<string>>();
  const topicOf = (channel: string): string => channel.replaceAll(':', '.');

  return {
    publish: async (channel, text) => {
      let sender = senders.get(channel);
      if (sender === undefined) {
        sender = new Batcher<string>(async (texts) => void (await relay.publish(topicOf(channel), texts)), {
          maxSize: Infinity,
          weight: { of: ({ length }) => length, max: MAX_BATCH_CHARS },
        });
        senders.set(channel, sender);
      }
      try {
        await sender.add(text);
      } finally {
        if (sender.idle) senders.delete(channel);
      }
    },
    subscribe: async (channel, onText) => {
      const subscription = await relay.subscribe<string[]>(topicOf(channel), ({ data }) => data.forEach(onText));
      return () => subscription.unsubscribe();
    },
    close: () => relay.close(),
  };
}
