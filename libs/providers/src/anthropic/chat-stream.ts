import { AnswerGate, type ChunkDefaults, type Delta, type ReadChunk } from '../chat/answer-gate.js';
import { type AnswerFacts, type ChatReader, unreadable } from '../chat/stream-chat.js';
import { failureOfAnswer, parseJson } from '../http/index.js';
import { countOf, isRecord, textOf } from '../json/fields.js';
import type { ChatEvent, ProviderFailure } from '../spec/index.js';
import { BlockReader } from './chat-answer.js';
import { UsageSoFar } from './chat-usage.js';
import { readAnthropicRefusal } from './errors.js';

const REASONS: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/** Cheaper than parsing every event twice; Anthropic writes the type first. */
export const isLastEvent = (data: string): boolean => /^\{\s*"type"\s*:\s*"message_stop"/.test(data);

/** Turns the events of Anthropic's Messages API into chat events. Without `message_stop` an answer is not whole. */
export class AnthropicStream implements ChatReader {
  readonly #gate = new AnswerGate(1);
  readonly #usage = new UsageSoFar();
  readonly #blocks = new BlockReader();
  #head: ChunkDefaults;

  constructor(private readonly facts: AnswerFacts) {
    this.#head = facts.defaults;
  }

  get over(): boolean {
    return this.#gate.over;
  }

  take(data: string): ChatEvent[] {
    const event = parseJson(data);
    return isRecord(event) ? this.#takeEvent(event) : this.#gate.fail(unreadable('chunk'));
  }

  takeWhole(value: unknown): ChatEvent[] {
    const events = eventsOfMessage(value);
    return events === null ? this.#gate.fail(unreadable('answer')) : events.flatMap((event) => this.#takeEvent(event));
  }

  close(broke: ProviderFailure | null): ChatEvent[] {
    return this.#gate.close(broke, false);
  }

  #takeEvent(event: Record<string, unknown>): ChatEvent[] {
    switch (event['type']) {
      case 'message_start':
        return this.#start(event['message']);
      case 'content_block_start':
        return this.#say(this.#blocks.start(countOf(event['index']) ?? 0, event['content_block']));
      case 'content_block_delta':
        return this.#say(this.#blocks.add(countOf(event['index']) ?? 0, event['delta']));
      case 'content_block_stop':
        return this.#say(this.#blocks.stop(countOf(event['index']) ?? 0));
      case 'message_delta':
        return this.#finish(event);
      case 'message_stop':
        return this.#gate.end();
      case 'error':
        return this.#gate.fail(
          // The status of the stream was 200; the error's own type says what it is.
          {
            ...failureOfAnswer({ status: 200, headers: {}, body: event }, readAnthropicRefusal, this.facts.secrets),
            status: null,
          },
        );
      default:
        // `ping`, and what is yet to come: Anthropic asks to ignore events one does not know.
        return [];
    }
  }

  #start(message: unknown): ChatEvent[] {
    if (!isRecord(message)) return [];
    this.#usage.add(message['usage']);
    const { id, created, model } = this.#head;
    this.#head = { id: textOf(message['id']) ?? id, created, model: textOf(message['model']) ?? model };
    return this.#gate.take(this.#chunk({ role: 'assistant', content: '' }, false));
  }

  #say(delta: Delta | null): ChatEvent[] {
    return delta === null ? [] : this.#gate.take(this.#chunk(delta, true));
  }

  #finish({ delta, usage }: Record<string, unknown>): ChatEvent[] {
    this.#usage.add(usage);
    const stopped = isRecord(delta) ? textOf(delta['stop_reason']) : null;
    if (stopped === null) return [];
    const reason = REASONS[stopped] ?? 'stop';
    return this.#gate.take({ ...this.#chunk({}, false, reason), usage: this.#usage.usage() });
  }

  #chunk(delta: Delta, hasContent: boolean, reason: string | null = null): ReadChunk {
    return {
      chunk: {
        ...this.#head,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta, finish_reason: reason }],
      },
      usage: null,
      hasContent,
      finished: reason === null ? [] : [{ index: 0, reason }],
    };
  }
}

/** A whole message (from a server that ignores `stream`) as the events that would have been streamed. */
export function eventsOfMessage(value: unknown): Record<string, unknown>[] | null {
  if (!isRecord(value)) return null;
  if (value['type'] === 'error') return [value];
  const { content, stop_reason: stopReason, usage } = value;
  if (!Array.isArray(content)) return null;
  return [
    { type: 'message_start', message: value },
    // A block that is whole from its beginning: its end says what its deltas would have said.
    ...content.flatMap((block: unknown, index) => [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: stopReason }, usage },
    { type: 'message_stop' },
  ];
}
