import { createRedisBackend, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Backend, Envelope } from '../backend.js';
import { pausingAfterFailure } from '../pause-after-failure.js';
import { EngineRefused, placeOf, reasonOf } from '../queue-errors.js';
import { COMMAND_DEADLINE_MS, EVENTS_KEPT } from '../settings.js';
import { readRedisAddress } from './redis-address.js';
import { redisSharedState } from './redis-shared-state.js';
import { redisChannels } from './redis-channels.js';
import { assertKeepsJobs } from './redis-requirements.js';

const CONNECT_MS = 5_000;

const retryStrategy = (times: number): number => Math.min(50 * 2 ** times, 2_000);

/** BullMQ on Redis. Throws `EngineRefused` where Redis is not there or may drop jobs. */
export async function openRedisBackend(url: URL, name: string, onError: (error: Error) => void): Promise<Backend> {
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

  // Commands of the request path: while Redis is away they fail at once instead of waiting for its return.
  const commands = connect('commands', {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_DEADLINE_MS,
  });
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
    // Lazily connected: a process that only enqueues has no use for it.
    channels: redisChannels(commands, connect('listener', { maxRetriesPerRequest: null }), prefix),
    openBoard: async () => redisSharedState(commands, prefix),
    ping: async () => void (await commands.ping()),
    close: async () => disconnectAll(),
  };
}

async function firstConnection(client: Redis, place: string): Promise<void> {
  let lastFailure: unknown;
  const remember = (error: unknown): void => void (lastFailure = error);
  client.on('error', remember);
  const deadline = new Promise<never>((_, reject) => {
    setTimeout(() => reject(lastFailure ?? new Error(`no answer in ${CONNECT_MS} ms`)), CONNECT_MS).unref();
  });
  try {
    await Promise.race([untilReady(client), deadline]);
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
    // A refused password does not get better by waiting; an absent server may.
    client.on('error', (error) => /WRONGPASS|NOAUTH|ERR AUTH|invalid DB/i.test(error.message) && reject(error));
    client.connect().catch(() => undefined);
  });
}
