import type { Delta } from '../chat/read-chunk.js';

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
