import { setTimeout as pause } from 'node:timers/promises';
import { apiError, type ReplyMessage, type ReplyPart } from '@lumenfall/contracts';
import { ReplyTooLarge } from '@lumenfall/queue';

export interface ReplyStreamOptions {
  requestId: string;
  run: number;
  /** One message at a time, in order. A rejection is tried again. */
  send(message: ReplyMessage): Promise<void>;
  /** True: the first part goes out at once. */
  eager: boolean;
  /** How long later parts are gathered into one message. */
  windowMs: number;
  /** Unix ms: how long a message that cannot be sent is tried again. */
  until: number;
  onRetry?: (error: unknown) => void;
}

const TOO_LARGE: ReplyPart = {
  type: 'error',
  error: apiError('UPSTREAM_ERROR', 'The provider sent a larger piece of an answer than can be passed on'),
  executedModel: null,
};

/**
 * The parts of one answer on their way to the gateway that waits: in order, few messages, never two under way. What comes
 * while a message is under way waits for the next, so a slow channel gets fewer and larger ones.
 */
export class ReplyStream {
  readonly #options: ReplyStreamOptions;
  #waiting: ReplyPart[] = [];
  #seq = 0;
  #timer: NodeJS.Timeout | null = null;
  #underWay: Promise<void> | null = null;
  #broken = false;

  constructor(options: ReplyStreamOptions) {
    this.#options = options;
  }

  push(part: ReplyPart): void {
    if (this.#broken) return;
    this.#waiting.push(part);
    if (this.#timer !== null || this.#underWay !== null) return;
    if (this.#options.eager && this.#seq === 0) this.#flush();
    else this.#flushSoon();
  }

  /** Sends the last part, together with what still waits. False where the gateway could not be reached any more. */
  async end(part: ReplyPart): Promise<boolean> {
    this.#waiting.push(part);
    this.#stopTimer();
    // What was under way may have armed the timer for the rest when it arrived.
    while (this.#underWay !== null) await this.#underWay;
    this.#stopTimer();
    this.#flush();
    if (this.#underWay !== null) await (this.#underWay as Promise<void>);
    return !this.#broken;
  }

  /** Forgets what was not sent: another run will say it all again. */
  drop(): void {
    this.#broken = true;
    this.#waiting = [];
    this.#stopTimer();
  }

  #flushSoon(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, this.#options.windowMs);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #flush(): void {
    if (this.#waiting.length === 0 || this.#broken) return;
    const parts = this.#waiting;
    this.#waiting = [];
    const { requestId, run } = this.#options;
    this.#underWay = this.#deliver({ requestId, run, seq: this.#seq++, parts }).then(() => {
      this.#underWay = null;
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
        // No repetition makes it smaller: the answer ends here, which the client is told instead.
        if (error instanceof ReplyTooLarge) sending = { ...message, parts: [TOO_LARGE] };
        else if (Date.now() + wait > this.#options.until) this.drop();
        this.#options.onRetry?.(error);
      }
      if (!this.#broken) await pause(wait);
    }
  }
}
