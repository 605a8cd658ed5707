import type { JobName, JobPayload, QueueName, ReplyMessage } from '@lumenfall/contracts';

/**
 * The face of the queue: what the services know of it. `openQueueEngine(url)` chooses BullMQ on Redis or BullMQ's
 * PostgreSQL backend by the URL's scheme; nothing outside this library knows which.
 */
export interface QueueEngine {
  producer(): JobProducer;
  /** Starts taking jobs of one queue. A handler per job name; a name without one fails loudly and is kept. */
  work(options: WorkOptions): Promise<WorkerHost>;
  /** The gateway's side of the reply channel: one per process. */
  openInbox(): Promise<ReplyInbox>;
  /** The workers' side of the reply channel. */
  openOutbox(): Promise<ReplyOutbox>;
  /** What all processes on this queue know together. */
  openSharedState(): Promise<SharedState>;
  /** Resolves when the engine answers a round trip, rejects with one line that says what is wrong. */
  ping(): Promise<void>;
  /** Closes every connection; hosts and inboxes are closed first by their owners. */
  close(): Promise<void>;
}

export interface JobProducer {
  /**
   * Adds a job durably; its worker parses the payload. A repeated `id` is ignored while the earlier job is still kept. Rejects
   * with `QueueUnavailable` within about two seconds where the engine does not answer, for large payloads later.
   */
  enqueue<N extends JobName>(name: N, payload: JobPayload<N>, options: EnqueueOptions): Promise<void>;
  /** Waiting, delayed and active jobs of a queue: what a gateway looks at before it accepts more. */
  depth(queue: QueueName): Promise<number>;
  /** Whether a job is still known, and how it stands; `gone` covers done and removed. */
  state(queue: QueueName, id: string): Promise<'waiting' | 'active' | 'failed' | 'gone'>;
}

export interface EnqueueOptions {
  /** No colon, not only digits. */
  id: string;
  delayMs?: number;
  /** About how large the payload is, where it may be large: megabytes take their time. */
  sizeBytes?: number;
}

export interface RunContext {
  /** 1 for the first run; more where the worker of an earlier one died, or where it threw and is tried again. */
  run: number;
  /**
   * Aborted by a cancel from the waiting side, by the catalogue's time limit, and when shutdown has waited long enough;
   * its `reason` is a `StopReason`.
   */
  signal: AbortSignal;
}

/**
 * Why a run must stop. `handed-back`: another worker will run the job again, so the handler ends at once by throwing,
 * without an answer and without a record.
 */
export type AbortReason = 'cancelled' | 'timed-out' | 'handed-back';

export type JobHandlers = { [N in JobName]?: (payload: JobPayload<N>, context: RunContext) => Promise<void> };

export interface WorkOptions {
  queue: QueueName;
  /** Jobs in hand at once. */
  concurrency: number;
  handlers: JobHandlers;
  /**
   * Called when a job is given up: its attempts are used up, its payload cannot be read, or its workers kept dying.
   * The place to end the request with an answer and a record; `payload` is unparsed.
   */
  onAbandoned?: (name: string, payload: unknown, reason: string) => Promise<void>;
}

export interface WorkerHost {
  /** Jobs in hand now. */
  active(): number;
  /** Stops taking jobs, waits for those in hand up to `graceMs`, then aborts their signals and hands them back. */
  close(graceMs: number): Promise<void>;
}

export interface ReplyInbox {
  /** What a job's `replyTo` must be to answer this process. */
  readonly address: string;
  /** Registers interest; messages arrive in the order sent. Close it when the answer has ended. */
  listen(requestId: string, onMessage: (message: ReplyMessage) => void): ReplyListener;
  close(): Promise<void>;
}

export interface ReplyListener {
  /**
   * Tells whichever worker has the job (now or later) to stop. A waiting job is not removed: its worker gets a signal that is
   * aborted from the start, and records the end as of any other.
   */
  cancel(): Promise<void>;
  close(): void;
}

export interface ReplyOutbox {
  /**
   * Resolves when the message has been handed to the engine; its delivery is not known. Messages arrive in the order of the
   * calls. Rejects with `ReplyTooLarge` for a part of more than eight million characters, else with `QueueUnavailable`.
   */
  send(address: string, message: ReplyMessage): Promise<void>;
  close(): Promise<void>;
}

/**
 * A small board that all processes on one queue share: current facts, not a store. An entry that nobody wrote for a day is
 * forgotten, and a crash of the engine may take all of them. Every call rejects with `QueueUnavailable` within about two
 * seconds where the engine does not answer.
 */
export interface SharedState {
  read(): Promise<Map<string, string>>;
  /**
   * Replaces an entry by what `change` makes of it, and resolves with that. `change` is called again when another process was
   * faster, so it must have no effects; null stands for no entry.
   */
  update(key: string, change: (current: string | null) => string): Promise<string>;
  /** True for one caller within `ttlMs`, over all processes. */
  claim(key: string, ttlMs: number): Promise<boolean>;
}
