import type { ChatBody } from '@lumenfall/contracts';
import { AnswerGate } from '../chat/answer-gate.js';
import type { ChunkDefaults, ReadChunk } from '../chat/read-chunk.js';
import { unreadable, type ChatReader } from '../chat/stream-chat.js';
import { END_MARK, failure, failureOfAnswer, parseJson, type ReadRefusal } from '../http/index.js';
import type { ChatEvent, ProviderFailure } from '../spec/index.js';
import { chunksOfCompletion, readChunk } from './chat-answer.js';
import { readLateError } from './errors.js';
import { ToolCallThread } from './tool-call-thread.js';

/** Turns what a provider says in OpenAI's dialect, piece by piece, into chat events. */
export class ChatStream implements ChatReader {
  readonly #gate: AnswerGate;
  readonly #calls = new Map<number, ToolCallThread>();

  constructor(
    body: Pick<ChatBody, 'n'>,
    private readonly defaults: ChunkDefaults,
    private readonly readRefusal: ReadRefusal,
    private readonly secrets: readonly string[],
  ) {
    this.#gate = new AnswerGate(body.n ?? 1);
  }

  get over(): boolean {
    return this.#gate.over;
  }

  take(data: string): ChatEvent[] {
    if (this.over) return [];
    if (data === END_MARK) return this.#gate.end();
    const value = parseJson(data);
    const late = readLateError(value);
    if (late !== null) return this.#gate.fail(this.#failureOf(late.body, late.status));
    const read = value === undefined ? null : readChunk(value, this.defaults);
    return read === null ? this.close(unreadable('chunk')) : this.#takeChunk(read);
  }

  /** The whole answer of a server that ignores `stream`, or an error in the body of a 200. */
  takeWhole(value: unknown): ChatEvent[] {
    const late = readLateError(value);
    if (late !== null) return this.#gate.fail(this.#failureOf(late.body, late.status));
    const chunks = chunksOfCompletion(value, this.defaults);
    if (chunks === null) return this.#gate.fail(unreadable('answer'));
    return [...chunks.flatMap((chunk) => this.#takeChunk(chunk)), ...this.close(null)];
  }

  /** After the last `finish_reason` the answer is whole: many servers break off before `[DONE]`. */
  close(broke: ProviderFailure | null): ChatEvent[] {
    return this.#gate.close(broke, true);
  }

  #takeChunk(read: ReadChunk): ChatEvent[] {
    // OpenRouter's mark for a provider that broke; the error object may have come in the same chunk, or not at all.
    if (read.finished.some(({ reason }) => reason === 'error')) {
      return this.#gate.fail(failure('transient', 'The provider broke off its answer'));
    }
    for (const { index, delta } of read.chunk?.choices ?? []) {
      if (delta.tool_calls) delta.tool_calls = this.#threadOf(index).follow(delta.tool_calls);
    }
    return this.#gate.take(read);
  }

  #threadOf(choice: number): ToolCallThread {
    let thread = this.#calls.get(choice);
    if (thread === undefined) {
      thread = new ToolCallThread(`${this.defaults.id.replace(/^chatcmpl-/, '')}_${choice}`);
      this.#calls.set(choice, thread);
    }
    return thread;
  }

  #failureOf(body: unknown, status: number | null): ProviderFailure {
    // An error without a status of its own, after a 200, is the provider breaking down unless its code says otherwise.
    const answer = { status: status ?? 200, headers: {}, body };
    const failed = failureOfAnswer(answer, this.readRefusal, this.secrets);
    return { ...failed, status };
  }
}
