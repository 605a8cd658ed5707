import type { ChunkDefaults, Delta, ReadChunk } from '../chat/answer-gate.js';
import { NOTHING, type AnswerReader, type Reading } from '../chat/answer-stream.js';
import { finishOf, type FinishReason } from '../chat/finish-reasons.js';
import { failure } from '../http/index.js';
import { countOf, isRecord, textOf } from '../json/fields.js';
import { BlockReader } from './chat-answer.js';
import { UsageSoFar } from './chat-usage.js';

/** Recognises the last event without parsing it a second time: Anthropic writes the type first. */
export const isLastEvent = (data: string): boolean => /^\{\s*"type"\s*:\s*"message_stop"/.test(data);

/** Reads answers of Anthropic's Messages API. */
export class AnthropicReader implements AnswerReader {
  readonly #usage = new UsageSoFar();
  readonly #blocks = new BlockReader();
  #head: ChunkDefaults;

  constructor(defaults: ChunkDefaults) {
    this.#head = defaults;
  }

  read(event: Record<string, unknown>): Reading {
    switch (event['type']) {
      case 'message_start':
        return this.#start(event['message']);
      case 'content_block_start':
        return this.#delta(this.#blocks.start(countOf(event['index']) ?? 0, event['content_block']));
      case 'content_block_delta':
        return this.#delta(this.#blocks.add(countOf(event['index']) ?? 0, event['delta']));
      case 'content_block_stop':
        return this.#delta(this.#blocks.stop(countOf(event['index']) ?? 0));
      case 'message_delta':
        return this.#finish(event);
      case 'message_stop':
        return { type: 'end' };
      default:
        // `ping`, and events yet to come: Anthropic asks clients to ignore events that they do not know.
        return NOTHING;
    }
  }

  /** A whole message, read as the events that a stream would have had. */
  readWhole(message: Record<string, unknown>): Reading {
    const { content, stop_reason: stopReason, usage } = message;
    if (!Array.isArray(content)) return { type: 'unreadable' };
    const chunks: ReadChunk[] = [];
    for (const event of [
      { type: 'message_start', message },
      // The end of a block delivers what its deltas would have delivered.
      ...content.flatMap((block: unknown, index) => [
        { type: 'content_block_start', index, content_block: block },
        { type: 'content_block_stop', index },
      ]),
      { type: 'message_delta', delta: { stop_reason: stopReason }, usage },
    ]) {
      const reading = this.read(event);
      if (reading.type !== 'chunks') return reading;
      chunks.push(...reading.chunks);
    }
    return { type: 'chunks', chunks };
  }

  #start(message: unknown): Reading {
    if (!isRecord(message)) return NOTHING;
    this.#usage.add(message['usage']);
    const { id, created, model } = this.#head;
    this.#head = { id: textOf(message['id']) ?? id, created, model: textOf(message['model']) ?? model };
    return this.#chunk({ role: 'assistant', content: '' }, { hasContent: false });
  }

  #delta(delta: Delta | null): Reading {
    return delta === null ? { type: 'chunks', chunks: [] } : this.#chunk(delta, { hasContent: true });
  }

  #finish({ delta, usage }: Record<string, unknown>): Reading {
    this.#usage.add(usage);
    const word = isRecord(delta) ? textOf(delta['stop_reason']) : null;
    if (word === null) return { type: 'chunks', chunks: [] };
    const reason = finishOf(word, this.#blocks.hasCalled);
    if (reason === 'error') {
      return { type: 'failure', failure: failure('transient', `The provider broke off its answer (${word})`) };
    }
    return this.#chunk({}, { hasContent: false, reason });
  }

  #chunk(delta: Delta, { hasContent, reason }: { hasContent: boolean; reason?: FinishReason }): Reading {
    const chunk: ReadChunk = {
      chunk: {
        ...this.#head,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta, finish_reason: reason ?? null }],
      },
      usage: reason === undefined ? null : this.#usage.usage(),
      hasContent,
      finished: reason === undefined ? [] : [{ index: 0, reason }],
    };
    return { type: 'chunks', chunks: [chunk] };
  }
}
