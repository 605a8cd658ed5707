import type { JobName, JobPayload, QueueName, ReplyMessage } from '@lumenfall/contracts';
import type { LimitCounters } from './limits/limit-counters.js';
import type { UsageLog } from './usage-log/usage-log.js';

/**
 * The queue as the services see it. `openQueueEngine(url)` chooses BullMQ on Redis or BullMQ on PostgreSQL by the
 * scheme of the URL; no code outside this library depends on the choice.
 */
export interface QueueEngine {
  producer(): JobProducer;
  /**
   * Starts taking jobs of one queue. Throws `EngineRefused` unless `handlers` has every job of the queue in the
   * catalogue; a job whose name or version is not in the catalogue is given up and kept.
   */
  work(options: WorkOptions): Promise<WorkerHost>;
  /** The gateway's side of the reply channel: one per process. */
  openInbox(): Promise<ReplyInbox>;
  /** The workers' side of the reply channel. */
  openOutbox(): Promise<ReplyOutbox>;
  /** State that all processes on this queue share. */
  openSharedState(): Promise<SharedState>;
  /** Counters of limits that all processes on this queue share. */
  openLimitCounters(): Promise<LimitCounters>;
  /** The usage records on their way to billing. */
  usageLog(): UsageLog;
  /** Fulfils when the engine answers; rejects with a one-line reason. */
  ping(): Promise<void>;
  /** Closes every connection. Close hosts and inboxes first. */
  close(): Promise<void>;
}

export interface JobProducer {
  /**
   * Adds a job durably; its worker parses the payload. A repeated `id` is ignored while the earlier job is kept.
   * Rejects with `QueueUnavailable` within about two seconds if the engine does not answer, later for large payloads.
   */
  enqueue<N extends JobName>(name: N, payload: JobPayload<N>, options: EnqueueOptions): Promise<void>;
  /** Number of waiting, delayed and active jobs of a queue. */
  depth(queue: QueueName): Promise<number>;
  /** The state of a job; `gone` if it is done or was removed. */
  state(queue: QueueName, id: string): Promise<'waiting' | 'active' | 'failed' | 'gone'>;
}

export interface EnqueueOptions {
  /** No colon, not only digits. */
  id: string;
  delayMs?: number;
  /** Approximate size of a payload that may have megabytes; it lengthens the deadline. */
  sizeBytes?: number;
}

export interface RunContext {
  /** 1 for the first run; more if an earlier run threw or its worker died. */
  run: number;
  /**
   * Aborted by a cancel from the waiting side, by the catalogue's time limit, and when shutdown has waited long enough;
   * its `reason` is a `StopReason`.
   */
  signal: AbortSignal;
}

/**
 * Why a run was aborted. `handed-back`: another worker will run the job again, so the handler must throw at once,
 * without an answer and without a record.
 */
export type AbortReason = 'cancelled' | 'timed-out' | 'handed-back';

export type JobHandlers = { [N in JobName]?: (payload: JobPayload<N>, context: RunContext) => Promise<void> };

export interface WorkOptions {
  queue: QueueName;
  /** Jobs running at once. */
  concurrency: number;
  handlers: JobHandlers;
  /**
   * Called when a job is given up: its attempts are used up, its payload cannot be read, or its workers kept dying.
   * Ends the request with an answer and a record; `payload` is unparsed.
   */
  onAbandoned?: (name: string, payload: unknown, reason: string) => Promise<void>;
}

export interface WorkerHost {
  /** Number of running jobs. */
  active(): number;
  /** Takes no more jobs, waits up to `graceMs` for the running ones, then aborts and hands them back. */
  close(graceMs: number): Promise<void>;
}

export interface ReplyInbox {
  /** The `replyTo` of jobs whose answers are for this process. */
  readonly address: string;
  /** Messages arrive in the order sent. Close the listener when the answer has ended. */
  listen(requestId: string, onMessage: (message: ReplyMessage) => void): ReplyListener;
  close(): Promise<void>;
}

export interface ReplyListener {
  /**
   * Aborts the run of the job, now or when a worker takes it. A waiting job is not removed: its worker gets an aborted
   * signal and records the outcome.
   */
  cancel(): Promise<void>;
  close(): void;
}

export interface ReplyOutbox {
  /**
   * Fulfils when the engine has the message; delivery is not confirmed. Messages arrive in the order of the calls.
   * Rejects with `ReplyTooLarge` for a part of more than eight million characters, else with `QueueUnavailable`.
   */
  send(address: string, message: ReplyMessage): Promise<void>;
  close(): Promise<void>;
}

/**
 * A small key-value state that all processes on one queue share. It is not durable: an entry expires a day after its
 * last write, and a crash of the engine may lose all entries. Every call rejects with `QueueUnavailable` within about
 * two seconds if the engine does not answer.
 */
export interface SharedState {
  read(): Promise<Map<string, string>>;
  /**
   * Replaces an entry by the result of `change` and fulfils with it. `change` is called again if another process wrote
   * first, so it must be pure; null stands for no entry.
   */
  update(key: string, change: (current: string | null) => string): Promise<string>;
  /** True for one caller within `ttlMs`, over all processes. */
  claim(key: string, ttlMs: number): Promise<boolean>;
}
