import type { Backend, JobQueue } from './backend.js';
import { sharedState } from './shared-state/shared-state.js';
import { calmErrors } from './calm-errors.js';
import { withDeadline } from './deadline.js';
import type { QueueEngine, SharedState } from './engine.js';
import { cancelJob, Cancellations } from './jobs/cancellations.js';
import { jobProducer } from './jobs/producer.js';
import { BullWorkerHost } from './jobs/worker-host.js';
import { openPostgresBackend } from './postgres/postgres-backend.js';
import { EngineRefused } from './queue-errors.js';
import { openRedisBackend } from './redis/redis-backend.js';
import { openReplyInbox } from './replies/reply-inbox.js';
import { replyOutbox } from './replies/reply-outbox.js';
import { CLOSE_DEADLINE_MS, COMMAND_DEADLINE_MS, OPEN_DEADLINE_MS } from './settings.js';

export interface EngineOptions {
  /** How long a job may go without a sign of life of its worker before it is given to another. */
  stallMs?: number;
  /** Of this process, as the engine's own tools show it. */
  name?: string;
  /** Told of what goes wrong outside a call, the same not again for ten seconds; lost connections are mended by themselves. */
  onError?: (error: Error) => void;
}

/**
 * Opens the engine behind `url`: `redis[s]://host[:port][/db][?prefix=...]` or `postgres[ql]://...`. Throws `EngineRefused` with
 * one line for the operator where it cannot be used.
 */
export async function openQueueEngine(url: string, options: EngineOptions = {}): Promise<QueueEngine> {
  const { stallMs = 15_000, name = 'lumenfall' } = options;
  // What fails while opening is the one line of `EngineRefused`.
  let opened = false;
  const tell = calmErrors(options.onError ?? (() => undefined));
  const onError = (error: Error): void => {
    if (opened) tell(error);
  };
  const backend = await openBackend(url, name, onError);
  opened = true;

  const queues = new Map<string, JobQueue>();
  const queueOf = (queueName: string): JobQueue => {
    const known = queues.get(queueName);
    if (known !== undefined) return known;
    const queue = backend.queue(queueName);
    queue.on('error', onError);
    queues.set(queueName, queue);
    return queue;
  };
  const closeAll = async (): Promise<void> => {
    const closing = Promise.allSettled([...queues.values()].map((queue) => queue.close()));
    await withDeadline('Closing the queue engine', CLOSE_DEADLINE_MS, closing.then(backend.close));
  };
  let cancellations: Promise<Cancellations> | undefined;
  let board: Promise<SharedState> | undefined;
  const openBoard = async (): Promise<SharedState> => {
    try {
      return sharedState(await withDeadline('Opening the board', OPEN_DEADLINE_MS, backend.openBoard()));
    } catch (error) {
      board = undefined;
      throw error;
    }
  };
  let closed: Promise<void> | undefined;
  const { channels } = backend;

  return {
    producer: () => jobProducer(queueOf),
    async work(work) {
      // Also writes the queue's own settings, should no producer have been here yet.
      await queueOf(work.queue).waitUntilReady();
      cancellations ??= Cancellations.open(channels);
      const host = new BullWorkerHost(backend, { ...work, stallMs, onError, cancellations: await cancellations });
      await host.ready();
      return host;
    },
    openInbox: () => openReplyInbox({ channels, onError, cancel: (id) => cancelJob(id, channels, queueOf) }),
    openOutbox: async () => replyOutbox(channels),
    openSharedState: () => (board ??= openBoard()),
    ping: () => withDeadline('The queue engine', COMMAND_DEADLINE_MS, backend.ping()),
    close: () => (closed ??= closeAll()),
  };
}

async function openBackend(url: string, name: string, onError: (error: Error) => void): Promise<Backend> {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  switch (parsed?.protocol) {
    case 'redis:':
    case 'rediss:':
      return openRedisBackend(parsed, name, onError);
    case 'postgres:':
    case 'postgresql:':
      return openPostgresBackend(parsed, name, onError);
    default:
      throw new EngineRefused(
        'QUEUE_URL must be redis://host:port, rediss://host:port or postgres://user@host/database.',
      );
  }
}
