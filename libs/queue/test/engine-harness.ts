import { JOBS } from '@lumenfall/contracts';
import {
  openQueueEngine,
  type JobHandlers,
  type QueueEngine,
  type WorkerHost,
  type WorkOptions,
} from '../src/index.js';
import { openPostgresBackend } from '../src/postgres/postgres-backend.js';
import { openRedisBackend } from '../src/redis/redis-backend.js';
import { spawnWorker, type WorkerProcess } from './spawn-worker.js';

/** `stallMs` in tests of workers that die. */
export const SHORT_STALL_MS = 1_000;
/** `stallMs` in all other tests: no job stalls because the machine is busy. */
const NEVER_STALLS_MS = 60_000;

interface Closable {
  close(): Promise<void>;
}

/** The queue of one test, and everything that the test opened on it. */
export class EngineHarness {
  readonly errors: Error[] = [];
  readonly #open: Closable[] = [];
  readonly #children: WorkerProcess[] = [];

  stallMs = NEVER_STALLS_MS;

  constructor(readonly url: string) {}

  async engine(url = this.url): Promise<QueueEngine> {
    const engine = await openQueueEngine(url, { stallMs: this.stallMs, onError: (error) => this.errors.push(error) });
    this.#open.unshift(engine);
    return engine;
  }

  /** Closes it at the end of the test, before its engine. */
  closing<T extends Closable>(opened: T): T {
    this.#open.unshift(opened);
    return opened;
  }

  /**
   * A worker with its own engine, as in another process. Jobs of its queue without a handler throw, which is an error
   * in the test.
   */
  async worker(
    queue: WorkOptions['queue'],
    handlers: JobHandlers,
    onAbandoned?: WorkOptions['onAbandoned'],
  ): Promise<WorkerHost> {
    const engine = await this.engine();
    const host = await engine.work({
      queue,
      concurrency: 50,
      handlers: { ...unexpected(queue), ...handlers },
      ...(onAbandoned && { onAbandoned }),
    });
    this.#open.unshift({ close: () => host.close(0) });
    return host;
  }

  /** Adds a job that is not in the catalogue, as a process of another version does. */
  async addUnknownJob(queue: WorkOptions['queue'], name: string, payload: unknown, jobId: string): Promise<void> {
    const open = this.url.startsWith('redis') ? openRedisBackend : openPostgresBackend;
    const backend = await open(new URL(this.url), {
      name: 'test',
      stallMs: this.stallMs,
      onError: (error) => this.errors.push(error),
    });
    const jobs = backend.queue(queue);
    await jobs.add(name, { v: 1, payload }, { jobId });
    await jobs.close();
    await backend.close();
  }

  async workerProcess(): Promise<WorkerProcess> {
    const worker = await spawnWorker(this.url, this.stallMs);
    this.#children.push(worker);
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.end('SIGKILL')));
    for (const { close } of this.#open.splice(0).map((thing) => ({ close: () => thing.close() }))) await close();
  }
}

/** A handler that throws, for every job of a queue. */
function unexpected(queue: WorkOptions['queue']): JobHandlers {
  const names = Object.entries(JOBS).flatMap(([name, job]) => (job.queue === queue ? [name] : []));
  const fail = async (): Promise<void> => {
    throw new Error(`The test has no handler for this job of ${queue}`);
  };
  return Object.fromEntries(names.map((name) => [name, fail]));
}
