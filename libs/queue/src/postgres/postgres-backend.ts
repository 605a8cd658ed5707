import { createPostgresBackend, DEFAULT_SCHEMA, runMigrations, withBackend } from 'bullmq';
import type { PostgresConnectionOptions, PostgresQueueBackend } from 'bullmq';
import pg from 'pg';
import { pausingAfterFailure, type Backend, type Envelope } from '../backend.js';
import { EngineRefused, placeOf, reasonOf } from '../queue-errors.js';
import { COMMAND_DEADLINE_MS, EVENTS_KEPT } from '../settings.js';
import { openPostgresSharedState } from './postgres-shared-state.js';
import { openPostgresChannels } from './postgres-channels.js';

const { Queue, Worker } = withBackend<PostgresQueueBackend, PostgresConnectionOptions>((...about) =>
  pausingAfterFailure(createPostgresBackend(...about)),
);

/** Per process. A worker and the reply channel each keep one for listening. */
const MAX_CONNECTIONS = 8;

/** BullMQ on PostgreSQL, in its own schema `bullmq`. Throws `EngineRefused` if the database cannot be used. */
export async function openPostgresBackend(url: URL, name: string, onError: (error: Error) => void): Promise<Backend> {
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
    ping: async () => void (await pool.query('select 1')),
    close: async () => {
      await channels.close();
      await pool.end();
    },
  };
}

/** Creates or migrates BullMQ's tables; processes that start together wait for its advisory lock. */
async function migrate(url: URL): Promise<void> {
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // The running query rejects with it too.
  try {
    await client.connect();
    await runMigrations(client);
  } catch (error) {
    throw new EngineRefused(
      `PostgreSQL at ${placeOf(url)} cannot be used as a queue: ${reasonOf(error)}. Is it running? See QUEUE_URL.`,
      { cause: error },
    );
  } finally {
    await client.end().catch(() => undefined); // It may never have been connected.
  }
}
