import { apiError, type ApiError, type QueueName, type ReplyMessage, type ReplyPart } from '@lumenfall/contracts';
import type { JobProducer, ReplyInbox, ReplyListener } from '@lumenfall/queue';

export type AnswerEvent =
  /** In order. `restarted`: these are the first of a newer run; everything received before is void. */
  | { type: 'parts'; parts: ReplyPart[]; restarted: boolean }
  /** No message arrived for `silenceMs`; the job continues. */
  | { type: 'silence' }
  /** The answer will not arrive. The job is cancelled, unless it `goesOn`. */
  | { type: 'lost'; error: ApiError; goesOn?: boolean }
  /** `cancel()` was called: the client left. */
  | { type: 'cancelled' };

export interface AwaitedAnswerOptions {
  requestId: string;
  queue: QueueName;
  /** Unix ms. */
  deadline: number;
  /** After so many ms without a message, the queue is asked whether the job still exists. */
  silenceMs: number;
  /** `abandon()` does not cancel the job: the client can send the request again and gets its answer elsewhere. */
  outlivesWait?: boolean;
  /** Called with the part that ends the answer. */
  onLast?: (part: ReplyPart) => void;
  /** Called once, when the wait ends. */
  onClose?: () => void;
}

/** The last message of a finished job may still be on its way. */
const LAST_MESSAGE_MS = 2_000;

/** The most parts that are buffered for a client that reads slowly; beyond it the answer is lost. */
const MAX_WAITING_PARTS = 50_000;

/**
 * One client's wait for one job. The constructor registers with the inbox, so construct it before the job is enqueued.
 * Read it with `next()` until the answer has ended, and call `leave()` in any case.
 */
export class AwaitedAnswer {
  readonly #sequence = new RunSequence();
  readonly #listener: ReplyListener;
  readonly #events: AnswerEvent[] = [];
  readonly #silence: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout;
  #reader: ((event: AnswerEvent) => void) | null = null;
  #waitingParts = 0;
  #heard = 0;
  #ended = false;
  /** The worker has sent its last part. */
  #finished = false;

  constructor(
    inbox: ReplyInbox,
    private readonly producer: Pick<JobProducer, 'state'>,
    private readonly options: AwaitedAnswerOptions,
  ) {
    this.#listener = inbox.listen(options.requestId, (message) => this.#receive(message));
    this.#silence = setTimeout(() => void this.#checkOnWork(), options.silenceMs);
    this.#deadline = setTimeout(
      () => this.#lose(apiError('TIMEOUT', 'The request exceeded its time limit and was cancelled')),
      Math.max(0, options.deadline - Date.now()),
    );
  }

  /** The next event, in order. `lost` and `cancelled` are final. */
  next(): Promise<AnswerEvent> {
    const event = this.#events.shift();
    if (event === undefined) return new Promise((resolve) => (this.#reader = resolve));
    if (event.type === 'parts') this.#waitingParts -= event.parts.length;
    return Promise.resolve(event);
  }

  /** Ends the wait with an error for the client; cancels the job unless it outlives the wait. */
  abandon(error: ApiError): void {
    if (this.options.outlivesWait !== true) return this.#lose(error);
    if (this.#ended) return;
    this.#push({ type: 'lost', error, goesOn: true });
    this.close();
  }

  /** The client left: the worker that has the job, now or later, aborts it and records the outcome. */
  async cancel(): Promise<void> {
    if (this.#ended) return;
    const sent = this.#listener.cancel();
    this.close();
    this.#push({ type: 'cancelled' });
    await sent;
  }

  /** Ends the wait; cancels the job unless its last part has arrived. */
  async leave(): Promise<void> {
    if (this.#finished) this.close();
    else await this.cancel();
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.options.onClose?.();
    clearTimeout(this.#silence);
    clearTimeout(this.#deadline);
    this.#listener.close();
  }

  #receive(message: ReplyMessage): void {
    if (this.#ended) return;
    this.#heard += 1;
    this.#silence.refresh();
    const verdict = this.#sequence.judge(message);
    if (verdict === 'stale') return;
    if (verdict === 'gap') return this.#lose(lostAnswer());
    const last = message.parts.find(({ type }) => type !== 'chunk');
    this.#finished = last !== undefined;
    if (last !== undefined) this.options.onLast?.(last);
    this.#waitingParts += message.parts.length;
    if (this.#waitingParts > MAX_WAITING_PARTS) return this.#lose(lostAnswer());
    this.#push({ type: 'parts', parts: message.parts, restarted: verdict === 'restart' });
  }

  #push(event: AnswerEvent): void {
    const reader = this.#reader;
    if (reader === null) {
      this.#events.push(event);
      return;
    }
    this.#reader = null;
    if (event.type === 'parts') this.#waitingParts -= event.parts.length;
    reader(event);
  }

  async #checkOnWork(): Promise<void> {
    const heard = this.#heard;
    this.#push({ type: 'silence' });
    if (await this.#workIsGone()) {
      await new Promise((resolve) => setTimeout(resolve, LAST_MESSAGE_MS));
      if (this.#heard === heard && !this.#ended) return this.#lose(lostAnswer());
    }
    if (!this.#ended) this.#silence.refresh();
  }

  async #workIsGone(): Promise<boolean> {
    try {
      const state = await this.producer.state(this.options.queue, this.options.requestId);
      return state === 'gone' || state === 'failed';
    } catch {
      return false; // The queue does not answer: asked again after the next silence; the deadline applies in any case.
    }
  }

  #lose(error: ApiError): void {
    if (this.#ended) return;
    this.#push({ type: 'lost', error });
    // Best effort: if the cancellation does not reach the job, its own deadline ends it.
    this.cancel().catch(() => undefined);
  }
}

function lostAnswer(): ApiError {
  return apiError(
    'INTERNAL_ERROR',
    'The answer was lost inside the gateway. GET /v1/requests/{id} shows the outcome of the request',
  );
}

/**
 * - `next`: the message continues the answer.
 * - `restart`: it is the first of a newer run (the earlier worker died); everything received before is void.
 * - `stale`: it belongs to an older run, or it is a duplicate.
 * - `gap`: a message before it was lost.
 */
export type Verdict = 'next' | 'restart' | 'stale' | 'gap';

/** Checks the order of one request's reply messages. */
export class RunSequence {
  #run = 0;
  #next = 0;

  judge(message: Pick<ReplyMessage, 'run' | 'seq'>): Verdict {
    if (message.run < this.#run) return 'stale';
    if (message.run === this.#run) {
      if (message.seq < this.#next) return 'stale';
      if (message.seq > this.#next) return 'gap';
      this.#next += 1;
      return 'next';
    }
    const first = this.#run === 0;
    if (message.seq !== 0) return 'gap';
    this.#run = message.run;
    this.#next = 1;
    return first ? 'next' : 'restart';
  }
}
