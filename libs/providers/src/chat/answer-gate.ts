import type { ChatChunk, ChatUsage } from '@lumenfall/contracts';
import { failure } from '../http/index.js';
import type { ChatEvent, ProviderFailure } from '../spec/index.js';
import type { ReadChunk } from './read-chunk.js';

/**
 * Decides what of an answer leaves, and when. Chunks before the first content (a bare role) are held back until there is
 * some, so that an answer that fails or stays empty can still be given by another provider. Says one `end` or one
 * `failure`, and nothing after it.
 */
export class AnswerGate {
  #held: ChatChunk[] = [];
  #begun = false;
  #usage: ChatUsage | null = null;
  #over = false;
  readonly #finished = new Map<number, string>();

  /** @param choices how many were asked for */
  constructor(private readonly choices: number) {}

  /** True once an `end` or a `failure` was said. */
  get over(): boolean {
    return this.#over;
  }

  take(read: ReadChunk): ChatEvent[] {
    if (this.#over) return [];
    this.#usage = read.usage ?? this.#usage;
    for (const { index, reason } of read.finished) this.#finished.set(index, reason);
    if (read.chunk === null) return [];
    this.#held.push(read.chunk);
    if (!this.#begun && !read.hasContent) return [];
    this.#begun = true;
    return this.#flush();
  }

  /** The provider's own mark says that the answer is whole. */
  end(): ChatEvent[] {
    if (this.#over) return [];
    const reasons = [...this.#finished.values()];
    // A limit that left no room for words is still the answer that was asked for, and paid for.
    if (this.#begun || reasons.includes('length')) {
      this.#over = true;
      return [...this.#flush(), { type: 'end', usage: this.#usage }];
    }
    if (reasons.includes('content_filter')) return this.fail(failure('moderation', null));
    return this.fail(failure('empty', 'The provider returned an empty answer'));
  }

  /**
   * The provider closed the connection, or it broke (`broke` says how). Where a `finish_reason` is the protocol's mark
   * of the end, the answer is whole after the last one, whatever became of the connection; before it, it is not, however politely it
   * was closed.
   */
  close(broke: ProviderFailure | null, reasonIsTheEnd: boolean): ChatEvent[] {
    if (this.#over) return [];
    if (reasonIsTheEnd && this.#finished.size >= this.choices) return this.end();
    return this.fail(broke ?? failure('transient', 'stream broke: the provider closed it before the end'));
  }

  fail(reason: ProviderFailure): ChatEvent[] {
    if (this.#over) return [];
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
