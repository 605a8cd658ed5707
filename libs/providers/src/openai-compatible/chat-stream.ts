import type { ChatBody } from '@lumenfall/contracts';
import { AnswerGate, type ChunkDefaults, type Delta, type ReadChunk } from '../chat/answer-gate.js';
import { type ChatReader, unreadable } from '../chat/stream-chat.js';
import { END_MARK, failure, failureOfAnswer, parseJson, type ReadRefusal } from '../http/index.js';
import type { ChatEvent, ProviderFailure } from '../spec/index.js';
import { chunksOfCompletion, readChunk } from './chat-answer.js';
import { readLateError } from './errors.js';

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

type ToolCall = NonNullable<Delta['tool_calls']>[number];

interface OpenCall {
  /** As the client knows it. */
  id: string | null;
  /** As the provider counts; null where it does not. */
  index: number | null;
  named: boolean;
}

/**
 * Tells which call each delta of one choice goes on with. OpenAI counts its calls and names each once; others count none, give
 * all the same number, or no id, and a client would make one call of two.
 */
export class ToolCallThread {
  readonly #calls: OpenCall[] = [];

  /** @param name makes the ids of calls that come without */
  constructor(private readonly name: string) {}

  follow(deltas: readonly ToolCall[]): ToolCall[] {
    return deltas.map((delta) => this.#numbered(delta));
  }

  #numbered(delta: ToolCall): ToolCall {
    const position = this.#positionOf(delta) ?? this.#calls.push({ id: null, index: null, named: false }) - 1;
    const call = this.#calls[position];
    if (call === undefined) return delta;
    call.index = delta.index ?? call.index;
    call.named ||= isText(delta.function?.name);
    const isFirst = call.id === null;
    // With the name a client may begin to act: from then on the id stays what it is.
    if (isFirst && isText(delta.id)) call.id = delta.id;
    else if (isFirst && call.named) call.id = `call_${this.name}_${position}`;
    const says = isText(delta.id) || (isFirst && call.id !== null);
    return {
      ...delta,
      index: position,
      ...(says ? { id: call.id } : {}),
      ...(isFirst && delta.function ? { type: delta.type ?? 'function' } : {}),
    };
  }

  /** Null for a call that begins. */
  #positionOf({ id, index, function: named }: ToolCall): number | null {
    const calls = this.#calls;
    const sameIndex = index === undefined ? -1 : calls.findLastIndex((call) => call.index === index);
    if (isText(id)) {
      const known = calls.findIndex((call) => call.id === id);
      if (known >= 0) return known;
      // An id that comes late, for a call that went without.
      return sameIndex >= 0 && !isText(named?.name) ? sameIndex : null;
    }
    if (index !== undefined) return sameIndex >= 0 ? sameIndex : null;
    const last = calls.length - 1;
    const begins = isText(named?.name) && (calls[last]?.named ?? true);
    return begins || last < 0 ? null : last;
  }
}

const isText = (value: string | null | undefined): value is string => typeof value === 'string' && value !== '';
