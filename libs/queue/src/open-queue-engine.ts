import type { Backend, BackendOptions, JobQueue } from './backend.js';
import type { QueueEngine } from './engine.js';
import { cancelJob, Cancellations } from './jobs/cancellations.js';
import { jobProducer } from './jobs/producer.js';
import { assertHandled } from './jobs/read-job.js';
import { BullWorkerHost } from './jobs/worker-host.js';
import { limitCounters } from './limits/limit-counters.js';
import { openPostgresBackend } from './postgres/postgres-backend.js';
import { engineCall, EngineRefused } from './queue-errors.js';
import { openRedisBackend } from './redis/redis-backend.js';
import { openReplyInbox, replyOutbox } from './replies/reply-channel.js';
import { CLOSE_DEADLINE_MS, COMMAND_DEADLINE_MS, OPEN_DEADLINE_MS } from './settings.js';
import { sharedState } from './shared-state.js';
import { usageLog } from './usage-log/open-usage-log.js';

export interface EngineOptions {
  /** How long a worker may be silent before its jobs or usage records are given to another, in ms. */
  stallMs?: number;
  /** Name of this process in the engine's own tools. */
  name?: string;
  /**
   * Called for errors outside a call, with the same message at most every ten seconds. Lost connections are reopened.
   */
  onError?: (error: Error) => void;
}

/**
 * Opens the engine at `url`: `redis[s]://host[:port][/db][?prefix=...]` or `postgres[ql]://...`. Throws `EngineRefused`
 * with one line for the operator if it cannot be used.
 */
export async function openQueueEngine(url: string, options: EngineOptions = {}): Promise<QueueEngine> {
  const { stallMs = 15_000, name = 'lumenfall' } = options;
  // While opening, the only report of a failure is the line of `EngineRefused`.
  let opened = false;
  const report = calmErrors(options.onError ?? (() => undefined));
  const onError = (error: Error): void => {
    if (opened) report(error);
  };
  const backend = await openBackend(url, { name, stallMs, onError });
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
    await engineCall('Closing the queue engine', CLOSE_DEADLINE_MS, closing.then(backend.close));
  };
  let cancellations: Promise<Cancellations> | undefined;
  const openState = onFirstUse('Opening the shared state', () => backend.openSharedState().then(sharedState));
  const openLimits = onFirstUse('Opening the limits', () => backend.openLimitCounters().then(limitCounters));
  let closed: Promise<void> | undefined;
  const { channels } = backend;
  const log = usageLog(backend.usageLog);

  return {
    producer: () => jobProducer(queueOf),
    async work(work) {
      assertHandled(work.queue, work.handlers);
      // Writes the settings of the queue if no producer has.
      await queueOf(work.queue).waitUntilReady();
      cancellations ??= Cancellations.open(channels);
      const host = new BullWorkerHost(backend, { ...work, stallMs, onError, cancellations: await cancellations });
      await host.ready();
      return host;
    },
    openInbox: () => openReplyInbox({ channels, onError, cancel: (id) => cancelJob(id, channels, queueOf) }),
    openOutbox: async () => replyOutbox(channels),
    openSharedState: openState,
    openLimitCounters: openLimits,
    usageLog: () => log,
    ping: () => engineCall('The queue engine', COMMAND_DEADLINE_MS, backend.ping()),
    close: () => (closed ??= closeAll()),
  };
}

/** Opens something once, when it is first asked for; a failure is not kept. */
function onFirstUse<T>(what: string, open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  const opening = async (): Promise<T> => {
    try {
      return await engineCall(what, OPEN_DEADLINE_MS, open());
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
  return () => (opened ??= opening());
}

async function openBackend(url: string, options: BackendOptions): Promise<Backend> {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  switch (parsed?.protocol) {
    case 'redis:':
    case 'rediss:':
      return openRedisBackend(parsed, options);
    case 'postgres:':
    case 'postgresql:':
      return openPostgresBackend(parsed, options);
    default:
      throw new EngineRefused(
        'QUEUE_URL must be redis://host:port, rediss://host:port or postgres://user@host/database.',
      );
  }
}

const REPEAT_AFTER_MS = 10_000;

/**
 * Passes an error on unless one with the same message was passed on recently: an unreachable engine fails continually.
 */
export function calmErrors(onError: (error: Error) => void): (error: Error) => void {
  const passedOnAt = new Map<string, number>();
  return (error) => {
    const now = Date.now();
    for (const [message, at] of passedOnAt) if (now - at > REPEAT_AFTER_MS) passedOnAt.delete(message);
    if (passedOnAt.has(error.message)) return;
    passedOnAt.set(error.message, now);
    onError(error);
  };
}
