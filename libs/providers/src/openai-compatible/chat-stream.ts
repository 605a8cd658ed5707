import type { ChunkDefaults, ReadChunk, ToolCallDelta } from '../chat/answer-gate.js';
import { NOTHING, type AnswerReader, type Reading } from '../chat/answer-stream.js';
import { finishOf } from '../chat/finish-reasons.js';
import { failure } from '../http/index.js';
import { chunksOfCompletion, readChunk, type OpenAiChunk } from './chat-answer.js';

/** Reads answers in OpenAI's dialect, and normalises what servers of that dialect do differently. */
export class OpenAiReader implements AnswerReader {
  readonly #calls = new Map<number, ToolCallTracker>();

  constructor(private readonly defaults: ChunkDefaults) {}

  read(value: Record<string, unknown>): Reading {
    const chunk = readChunk(value, this.defaults);
    if (chunk === null) return { type: 'unreadable' };
    if (chunk.chunk === null && chunk.usage === null) return NOTHING;
    const read = this.#normalised(chunk);
    return read === null ? BROKEN_OFF : { type: 'chunks', chunks: [read] };
  }

  readWhole(value: Record<string, unknown>): Reading {
    const parts = chunksOfCompletion(value);
    if (parts === null) return { type: 'unreadable' };
    const chunks: ReadChunk[] = [];
    for (const part of parts) {
      const reading = this.read(part);
      if (reading.type !== 'chunks') return reading;
      chunks.push(...reading.chunks);
    }
    return { type: 'chunks', chunks };
  }

  /** With one index, id and name for each tool call, and OpenAI's finish reasons; null if the answer broke off. */
  #normalised({ chunk, usage, hasContent }: OpenAiChunk): ReadChunk | null {
    const finished: ReadChunk['finished'] = [];
    for (const choice of chunk?.choices ?? []) {
      const { index, delta } = choice;
      if (delta.tool_calls) delta.tool_calls = this.#trackerOf(index).follow(delta.tool_calls);
      if (!choice.finish_reason) continue;
      const reason = finishOf(choice.finish_reason, this.#calls.has(index));
      if (reason === 'error') return null;
      choice.finish_reason = reason;
      finished.push({ index, reason });
    }
    return { chunk, usage, hasContent, finished };
  }

  #trackerOf(choice: number): ToolCallTracker {
    let tracker = this.#calls.get(choice);
    if (tracker === undefined) {
      tracker = new ToolCallTracker(`${this.defaults.id.replace(/^chatcmpl-/, '')}_${choice}`);
      this.#calls.set(choice, tracker);
    }
    return tracker;
  }
}

/** OpenRouter's finish reason for a provider that broke; the error object may come in the same chunk, or not at all. */
const BROKEN_OFF: Reading = {
  type: 'failure',
  failure: failure('transient', 'The provider broke off its answer'),
};

interface OpenCall {
  /** As the client knows it; null if none was sent to the client yet. */
  id: string | null;
  /** The provider's own index; null if it gives none. */
  index: number | null;
  /** The name as far as it was sent to the client. */
  name: string;
  hasArguments: boolean;
}

/**
 * Finds the tool call that each delta of one choice continues. OpenAI numbers its calls and sends id and name of each
 * once; other servers send no index, the same one for all, no id, or id and name with every delta. Clients join the
 * texts of all deltas, so they would merge two calls into one, or repeat the name.
 */
class ToolCallTracker {
  readonly #calls: OpenCall[] = [];

  /** @param prefix for the ids of calls that come without one */
  constructor(private readonly prefix: string) {}

  follow(deltas: readonly ToolCallDelta[]): ToolCallDelta[] {
    return deltas.map((delta) => this.#normalised(delta));
  }

  #normalised(delta: ToolCallDelta): ToolCallDelta {
    const known = this.#positionOf(delta);
    const position = known ?? this.#calls.push({ id: null, index: null, name: '', hasArguments: false }) - 1;
    const call = this.#calls[position];
    if (call === undefined) return delta;
    const { id: given, type, function: named, index, ...rest } = delta;
    call.index = index ?? call.index;
    const name = named?.name && named.name !== call.name ? named.name : '';
    call.name += name;
    const hadId = call.id !== null;
    // A client may act once it has the name: the id is final from then on.
    if (!hadId && given) call.id = given;
    else if (!hadId && call.name !== '') call.id = `call_${this.prefix}_${position}`;
    return {
      ...rest,
      index: position,
      ...(!hadId && call.id !== null ? { id: call.id } : {}),
      ...(known === null ? { type: type ?? 'function' } : {}),
      ...(named ? { function: withoutRepetition(named, name, call) } : {}),
    };
  }

  /** Null for the first delta of a call. */
  #positionOf({ id, index, function: named }: ToolCallDelta): number | null {
    const calls = this.#calls;
    const sameIndex = index === undefined ? -1 : calls.findLastIndex((call) => call.index === index);
    if (id) {
      const known = calls.findIndex((call) => call.id === id);
      if (known >= 0) return known;
      // The id of a call that began without one.
      return sameIndex >= 0 && !named?.name ? sameIndex : null;
    }
    if (index !== undefined) return sameIndex >= 0 ? sameIndex : null;
    const last = calls.length - 1;
    const begins = Boolean(named?.name) && calls[last]?.name !== '';
    return begins || last < 0 ? null : last;
  }
}

/** The name once, and arguments from their first character on: `null` and blanks before it are not arguments. */
function withoutRepetition(
  { name: _, arguments: given, ...rest }: NonNullable<ToolCallDelta['function']>,
  name: string,
  call: OpenCall,
): ToolCallDelta['function'] {
  const isBlank = !call.hasArguments && ['', 'null'].includes((given ?? '').trim());
  call.hasArguments ||= !isBlank;
  return { ...rest, ...(name === '' ? {} : { name }), arguments: isBlank ? '' : (given ?? '') };
}
