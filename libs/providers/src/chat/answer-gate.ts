import type { ChatChunk, ChatUsage } from '@lumenfall/contracts';
import { failure } from '../http/index.js';
import type { ChatEvent, ProviderFailure } from '../spec/index.js';

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
  #last: ChatChunk | null = null;
  /** The reason that each choice would end for, should the provider give none. */
  readonly #unsaid = new Map<number, 'stop' | 'tool_calls'>();
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
    this.#last = read.chunk;
    for (const { index, delta } of read.chunk.choices) {
      if (delta.tool_calls) this.#unsaid.set(index, 'tool_calls');
      else if (!this.#unsaid.has(index)) this.#unsaid.set(index, 'stop');
    }
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
      return [...this.#flush(), ...this.#reasonsLeft(), { type: 'end', usage: this.#usage }];
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
    // Of what nobody got nothing is told: a failed attempt costs nothing.
    const usage = this.#begun ? this.#usage : null;
    return [{ type: 'failure', failure: reason, ...(usage && { usage }) }];
  }

  /** Some servers end without a `finish_reason`, and some clients take no answer that has none. */
  #reasonsLeft(): ChatEvent[] {
    const left = [...this.#unsaid].filter(([index]) => !this.#finished.has(index));
    if (this.#last === null || left.length === 0) return [];
    const { id, object, created, model } = this.#last;
    const choices = left.map(([index, reason]) => ({ index, delta: {}, finish_reason: reason }));
    return [{ type: 'chunk', chunk: { id, object, created, model, choices } }];
  }

  #flush(): ChatEvent[] {
    const events = this.#held.map((chunk): ChatEvent => ({ type: 'chunk', chunk }));
    this.#held = [];
    return events;
  }
}

export type ChunkChoice = ChatChunk['choices'][number];
export type Delta = ChunkChoice['delta'];

/** What is used where a provider leaves a field out that every chunk must have. */
export interface ChunkDefaults {
  id: string;
  created: number;
  model: string;
}

/** One piece of an answer, in our form, before it is decided whether and when it may leave. */
export interface ReadChunk {
  /** Without `usage`: that travels once, with the end. Null where the piece had nothing else. */
  chunk: ChatChunk | null;
  usage: ChatUsage | null;
  /** Something a client can show or act on: text, reasoning, a tool call, audio; anything but a bare role. */
  hasContent: boolean;
  /** `finish_reason` of each choice that ended in it. */
  finished: { index: number; reason: string }[];
}
