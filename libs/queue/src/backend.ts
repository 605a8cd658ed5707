import { pause } from '@lumenfall/async';
import type { Job, Queue, Worker } from 'bullmq';
import type { LimitCounters } from './limits/limit-counters.js';
import type { UsageLogStore } from './usage-log/usage-log-store.js';

/** The data of a job in the engine: the payload, the version of its schema, and whether it was given up. */
export interface Envelope {
  v: number;
  payload: unknown;
  /**
   * Why the job was given up. Set before `onAbandoned` is called, so that a crash in between does not run the job
   * again.
   */
  abandoned?: string;
}

export type BullJob = Job<Envelope, void, string>;

/** The part of BullMQ's `Queue` that is used, on either engine. */
export interface JobQueue extends Pick<
  Queue<Envelope, void, string>,
  'add' | 'getJobCounts' | 'getJobState' | 'updateJobProgress' | 'waitUntilReady' | 'close'
> {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The part of BullMQ's `Worker` that is used, on either engine. */
export interface JobWorker extends Pick<Worker<Envelope, void, string>, 'waitUntilReady' | 'close'> {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'lockRenewalFailed', listener: (jobIds: string[]) => void): unknown;
}

export interface WorkerSettings {
  concurrency: number;
  lockDuration: number;
  stalledInterval: number;
  maxStalledCount: number;
  runRetryDelay: number;
}

export type Processor = (job: BullJob, token?: string) => Promise<void>;

export interface BackendOptions {
  /** Name of this process in the engine's own tools. */
  name: string;
  /** How long a reader of the usage log may be silent before its records are given to another, in ms. */
  stallMs: number;
  onError: (error: Error) => void;
}

/** One of the two engines behind `QueueEngine`. */
export interface Backend {
  queue(name: string): JobQueue;
  worker(name: string, processor: Processor, settings: WorkerSettings): JobWorker;
  /** Messages to current listeners; not stored. */
  channels: Channels;
  /** Called on first use: most processes need no shared state. */
  openSharedState(): Promise<SharedStateStore>;
  /** Called on first use. */
  openLimitCounters(): Promise<LimitCounters>;
  usageLog: UsageLogStore;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The store of the shared state; each call is one atomic command. */
export interface SharedStateStore {
  read(): Promise<Map<string, string>>;
  get(key: string): Promise<string | null>;
  /** False if the entry is not `from`; null stands for no entry. */
  replace(key: string, from: string | null, to: string): Promise<boolean>;
  claim(key: string, ttlMs: number): Promise<boolean>;
}

export interface Channels {
  /** Fulfils when the engine has the text. Texts to one channel arrive in the order of the calls. */
  publish(channel: string, text: string): Promise<void>;
  /**
   * Fulfils when texts published from now on will arrive; survives reconnections. Returns a function that unsubscribes.
   */
  subscribe(channel: string, onText: (text: string) => void): Promise<() => Promise<void>>;
}

const PAUSE_AFTER_FAILURE_MS = 500;

interface TakesJobs<A extends unknown[], R> {
  moveToActive(...args: A): Promise<R>;
}

/**
 * BullMQ's worker fetches the next job again at once if fetching failed for another reason than a refused connection (a
 * full Redis, a starting PostgreSQL), thousands of times a second. This adds a pause after each failure.
 */
export function pausingAfterFailure<A extends unknown[], R, B extends TakesJobs<A, R>>(
  backend: B & TakesJobs<A, R>,
): B {
  const take = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...args: A): Promise<R> => {
    try {
      return await take(...args);
    } catch (error) {
      await pause(PAUSE_AFTER_FAILURE_MS, { unref: true });
      throw error;
    }
  };
  return backend;
}
