import type { ChatBody, ChatChunk, ChatUsage } from '@lumenfall/contracts';
import { failure, failureOfAnswer, parseJson, END_MARK, type ReadRefusal } from '../http/index.js';
import type { ChatEvent, ProviderFailure } from '../spec/index.js';
import { readChunk, type ChunkDefaults, type ReadChunk } from './chat-answer.js';
import { readLateError } from './errors.js';

/**
 * Turns what a provider says, piece by piece, into chat events. Pure: it knows no sockets, only text and its end.
 *
 * Chunks before the first content (a bare role) are held back until there is some, so that an answer that fails or stays
 * empty can still be given to another provider.
 */
export class ChatStream {
  #held: ChatChunk[] = [];
  #begun = false;
  #usage: ChatUsage | null = null;
  #over = false;
  readonly #finished = new Map<number, string>();
  readonly #choices: number;

  constructor(
    body: Pick<ChatBody, 'n'>,
    private readonly defaults: ChunkDefaults,
    private readonly readRefusal: ReadRefusal,
    private readonly secrets: readonly string[],
  ) {
    this.#choices = body.n ?? 1;
  }

  /** True once an `end` or a `failure` was said: nothing may follow. */
  get over(): boolean {
    return this.#over;
  }

  /** The data of one server-sent event. */
  take(data: string): ChatEvent[] {
    if (this.#over) return [];
    if (data === END_MARK) return this.#end();
    const value = parseJson(data);
    const late = readLateError(value);
    if (late !== null) return this.#fail(this.failureOf(late.body, late.status));
    const read = value === undefined ? null : readChunk(value, this.defaults);
    if (read === null) return this.#fail(failure('transient', 'The provider sent a chunk that cannot be read'));
    return this.takeChunk(read);
  }

  takeChunk(read: ReadChunk): ChatEvent[] {
    this.#usage = read.usage ?? this.#usage;
    for (const { index, reason } of read.finished) {
      // OpenRouter's mark for a provider that broke; the error object may have come in the same chunk, or not at all.
      if (reason === 'error') return this.#fail(failure('transient', 'The provider broke off its answer'));
      this.#finished.set(index, reason);
    }
    if (read.chunk === null) return [];
    this.#held.push(read.chunk);
    if (!this.#begun && !read.hasContent) return [];
    this.#begun = true;
    return this.#flush();
  }

  /**
   * The provider closed the connection, or it broke (`broke` says how). After the last `finish_reason` the answer is
   * whole, whatever became of the connection; before it, it is not, however politely it was closed.
   */
  close(broke: ProviderFailure | null): ChatEvent[] {
    if (this.#over) return [];
    if (this.#finished.size >= this.#choices) return this.#end();
    return this.#fail(broke ?? failure('transient', 'stream broke: the provider closed it before the end'));
  }

  failureOf(body: unknown, status: number | null): ProviderFailure {
    // An error without a status of its own, after a 200, is the provider breaking down unless its code says otherwise.
    const answer = { status: status ?? 200, headers: {}, body };
    const failed = failureOfAnswer(answer, this.readRefusal, this.secrets);
    return { ...failed, status };
  }

  #end(): ChatEvent[] {
    const reasons = [...this.#finished.values()];
    // A limit that left no room for words is still the answer that was asked for, and paid for.
    if (this.#begun || reasons.includes('length')) {
      this.#over = true;
      return [...this.#flush(), { type: 'end', usage: this.#usage }];
    }
    if (reasons.includes('content_filter')) return this.#fail(failure('moderation', null));
    return this.#fail(failure('empty', 'The provider returned an empty answer'));
  }

  #fail(reason: ProviderFailure): ChatEvent[] {
    this.#over = true;
    this.#held = [];
    return [{ type: 'failure', failure: reason }];
  }

  #flush(): ChatEvent[] {
    const events = this.#held.map((chunk): ChatEvent => ({ type: 'chunk', chunk }));
    this.#held = [];
    return events;
  }
}
