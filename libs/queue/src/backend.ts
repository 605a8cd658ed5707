import type { Job, Queue, Worker } from 'bullmq';

/** What a job carries in the engine: the payload with the version of its schema, and marks of its own course. */
export interface Envelope {
  v: number;
  payload: unknown;
  /** Why the job was given up: set before the giving up is told, so that a crash in between does not run it again. */
  abandoned?: string;
}

export type BullJob = Job<Envelope, void, string>;

/** What is used of BullMQ's `Queue`, on either engine. */
export interface JobQueue extends Pick<
  Queue<Envelope, void, string>,
  'add' | 'getJobCounts' | 'getJobState' | 'updateJobProgress' | 'waitUntilReady' | 'close'
> {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What is used of BullMQ's `Worker`, on either engine. */
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

/** One of the two engines below the face: how to reach queues, workers and the other processes. */
export interface Backend {
  queue(name: string): JobQueue;
  worker(name: string, processor: Processor, settings: WorkerSettings): JobWorker;
  /** Messages to whoever listens now; kept for nobody. */
  channels: Channels;
  /** Opened when it is first asked for: most processes have no use for it. */
  openBoard(): Promise<SharedStateStore>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** What the shared board needs of an engine: each call is one atomic command. */
export interface SharedStateStore {
  read(): Promise<Map<string, string>>;
  get(key: string): Promise<string | null>;
  /** False where the entry was not (any more) `from`; null stands for no entry. */
  replace(key: string, from: string | null, to: string): Promise<boolean>;
  claim(key: string, ttlMs: number): Promise<boolean>;
}

export interface Channels {
  /** Resolves when the engine has the text. Texts to one channel arrive in the order of the calls. */
  publish(channel: string, text: string): Promise<void>;
  /** Resolves when texts published from now on will arrive; survives reconnections. Returns how to stop. */
  subscribe(channel: string, onText: (text: string) => void): Promise<() => Promise<void>>;
}
