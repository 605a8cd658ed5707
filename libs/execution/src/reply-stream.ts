import { pause } from '@lumenfall/async';
import { apiError, type ReplyMessage, type ReplyPart } from '@lumenfall/contracts';
import { ReplyTooLarge } from '@lumenfall/queue';

export interface ReplyStreamOptions {
  requestId: string;
  run: number;
  /** Called with one message at a time, in order; retried if it rejects. */
  send(message: ReplyMessage): Promise<void>;
  /** True: the first part is sent at once. */
  eager: boolean;
  /** How long parts are gathered into one message, in ms. */
  windowMs: number;
  /** Unix ms: until when sending is retried. */
  until: number;
  onRetry?: (error: unknown) => void;
}

const TOO_LARGE: ReplyPart = {
  type: 'error',
  error: apiError('UPSTREAM_ERROR', 'The provider sent a part of an answer that is too large to deliver'),
  executedModel: null,
};

/**
 * Sends the parts of one answer to the waiting gateway, in order and in few messages, one at a time. Parts that arrive
 * while a message is being sent wait for the next, so a slow channel gets fewer, larger messages.
 */
export class ReplyStream {
  readonly #options: ReplyStreamOptions;
  #waiting: ReplyPart[] = [];
  #seq = 0;
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  #broken = false;

  constructor(options: ReplyStreamOptions) {
    this.#options = options;
  }

  push(part: ReplyPart): void {
    if (this.#broken) return;
    this.#waiting.push(part);
    if (this.#timer !== null || this.#sending !== null) return;
    if (this.#options.eager && this.#seq === 0) this.#flush();
    else this.#flushSoon();
  }

  /** Sends the waiting parts and the last part. False if they could not be sent. */
  async end(part: ReplyPart): Promise<boolean> {
    this.#waiting.push(part);
    this.#clearTimer();
    // The end of a message may have started the timer.
    while (this.#sending !== null) await this.#sending;
    this.#clearTimer();
    this.#flush();
    if (this.#sending !== null) await (this.#sending as Promise<void>);
    return !this.#broken;
  }

  /** Discards the parts that were not sent: another run will send the whole answer. */
  drop(): void {
    this.#broken = true;
    this.#waiting = [];
    this.#clearTimer();
  }

  #flushSoon(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, this.#options.windowMs);
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #flush(): void {
    if (this.#waiting.length === 0 || this.#broken) return;
    const parts = this.#waiting;
    this.#waiting = [];
    const { requestId, run } = this.#options;
    this.#sending = this.#deliver({ requestId, run, seq: this.#seq++, parts }).then(() => {
      this.#sending = null;
      if (this.#waiting.length > 0 && this.#timer === null) this.#flushSoon();
    });
  }

  async #deliver(message: ReplyMessage): Promise<void> {
    let sending = message;
    for (let wait = 50; !this.#broken; wait = Math.min(wait * 2, 1_000)) {
      try {
        await this.#options.send(sending);
        if (sending !== message) this.drop();
        return;
      } catch (error) {
        // A retry would fail too: the answer ends with an error instead.
        if (error instanceof ReplyTooLarge) sending = { ...message, parts: [TOO_LARGE] };
        else if (Date.now() + wait > this.#options.until) this.drop();
        this.#options.onRetry?.(error);
      }
      if (!this.#broken) await pause(wait);
    }
  }
}
