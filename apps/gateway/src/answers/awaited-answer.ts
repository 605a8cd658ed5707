import { apiError, type ApiError, type QueueName, type ReplyMessage, type ReplyPart } from '@lumenfall/contracts';
import type { JobProducer, ReplyInbox, ReplyListener } from '@lumenfall/queue';
import { RunSequence } from './run-sequence.js';

export type AnswerEvent =
  /** In order. `restarted`: these begin a newer run; everything received before is void. */
  | { type: 'parts'; parts: ReplyPart[]; restarted: boolean }
  /** Nothing was heard for `silenceMs`; the work goes on. */
  | { type: 'silence' }
  /** The answer will not come. The work has been told to stop, unless it `goesOn`. */
  | { type: 'lost'; error: ApiError; goesOn?: boolean }
  /** Nobody waits any more: `cancel()` was called. */
  | { type: 'cancelled' };

export interface AwaitedAnswerOptions {
  requestId: string;
  queue: QueueName;
  /** Unix ms. */
  deadline: number;
  /** After this long without a message the queue is asked whether the work still exists. */
  silenceMs: number;
  /** Its client comes again and finds it elsewhere: who gives up the wait does not stop the work. */
  outlivesWait?: boolean;
  /** Called once, when nobody waits any more. */
  onClose?: () => void;
}

/** A job that is gone may have sent its last message a moment ago. */
const LAST_WORDS_MS = 2_000;

/** More than this waiting for a client that does not read is not kept for it. */
const MAX_WAITING_PARTS = 50_000;

/**
 * One client's wait for one job. It registers with the inbox when it is made, so make it before the job is queued. Read it with
 * `next()` until the answer has ended, and `leave()` it in any case.
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
      () => this.#lose(apiError('TIMEOUT', 'The request took too long and was stopped')),
      Math.max(0, options.deadline - Date.now()),
    );
  }

  /** The next event, in order. After `lost` or `cancelled` nothing more comes. */
  next(): Promise<AnswerEvent> {
    const event = this.#events.shift();
    if (event === undefined) return new Promise((resolve) => (this.#reader = resolve));
    if (event.type === 'parts') this.#waitingParts -= event.parts.length;
    return Promise.resolve(event);
  }

  /** Ends the wait with an error for the client; the work is told to stop, where it does not outlive the wait. */
  giveUp(error: ApiError): void {
    if (this.options.outlivesWait !== true) return this.#lose(error);
    if (this.#ended) return;
    this.#push({ type: 'lost', error, goesOn: true });
    this.close();
  }

  /** The client is gone: whichever worker has the job, now or later, stops it and records its end. */
  async cancel(): Promise<void> {
    if (this.#ended) return;
    const told = this.#listener.cancel();
    this.close();
    this.#push({ type: 'cancelled' });
    await told;
  }

  /** Done with it: work whose end was not heard is told to stop. */
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
    this.#finished = message.parts.some(({ type }) => type !== 'chunk');
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
      await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
      if (this.#heard === heard && !this.#ended) return this.#lose(lostAnswer());
    }
    if (!this.#ended) this.#silence.refresh();
  }

  async #workIsGone(): Promise<boolean> {
    try {
      const state = await this.producer.state(this.options.queue, this.options.requestId);
      return state === 'gone' || state === 'failed';
    } catch {
      return false; // The queue does not answer: ask again after the next silence; the deadline holds in any case.
    }
  }

  #lose(error: ApiError): void {
    if (this.#ended) return;
    this.#push({ type: 'lost', error });
    // Best effort: work that nobody waits for any more should not go on. Its own deadline ends it otherwise.
    this.cancel().catch(() => undefined);
  }
}

function lostAnswer(): ApiError {
  return apiError(
    'INTERNAL_ERROR',
    'The answer was lost on its way. GET /v1/requests/{id} shows how the request ended',
  );
}
