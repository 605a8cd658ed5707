import type { AnswerMetadata, ChatChunk, ChatUsage } from '@lumenfall/contracts';
import type { ChatAnswer, ChatAnswerChoice, ChatIdentity } from './chat-answer.js';
import { foldDelta } from './fold-delta.js';

interface OpenChoice {
  message: Record<string, unknown>;
  logprobs: Record<string, unknown> | null;
  finishReason: string | null;
  other: Record<string, unknown>;
}

/** Gathers the chunks of a stream into the one answer that a client gets that does not stream. */
export class ChatFold {
  readonly #choices = new Map<number, OpenChoice>();
  #other: Record<string, unknown> = {};

  add(chunk: ChatChunk): void {
    const { id: _id, object: _object, created: _created, model: _model, choices, usage: _usage, ...other } = chunk;
    for (const [name, value] of Object.entries(other)) {
      if (value !== null && value !== undefined) this.#other[name] = value;
    }
    for (const choice of choices) this.#addChoice(choice);
  }

  /** Everything so far came from a run that died. */
  reset(): void {
    this.#choices.clear();
    this.#other = {};
  }

  answer(identity: ChatIdentity, usage: ChatUsage, metadata: AnswerMetadata): ChatAnswer {
    const choices = [...this.#choices.entries()]
      .sort(([a], [b]) => a - b)
      .map(([index, choice]) => closed(index, choice));
    return { ...this.#other, ...identity, object: 'chat.completion', choices, usage, metadata };
  }

  #addChoice(chunk: ChatChunk['choices'][number]): void {
    const { index, delta, finish_reason, logprobs, ...other } = chunk;
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { message: {}, logprobs: null, finishReason: null, other: {} };
      this.#choices.set(index, choice);
    }
    foldDelta(choice.message, delta);
    choice.finishReason = finish_reason ?? choice.finishReason;
    if (typeof logprobs === 'object' && logprobs !== null)
      foldDelta((choice.logprobs ??= {}), logprobs as Record<string, unknown>);
    for (const [name, value] of Object.entries(other)) if (value !== null) choice.other[name] = value;
  }
}

function closed(index: number, choice: OpenChoice): ChatAnswerChoice {
  const { role, content, refusal, tool_calls, ...rest } = choice.message;
  return {
    ...choice.other,
    index,
    message: {
      role: typeof role === 'string' ? role : 'assistant',
      content: contentOf(content, tool_calls),
      refusal: typeof refusal === 'string' ? refusal : null,
      ...rest,
      ...(Array.isArray(tool_calls) && { tool_calls: tool_calls.map(withoutIndex) }),
    },
    logprobs: choice.logprobs,
    finish_reason: choice.finishReason,
  };
}

/** Beside tool calls an empty text is no text, as providers answer it when they do not stream. */
function contentOf(content: unknown, toolCalls: unknown): string | null {
  if (typeof content !== 'string') return null;
  return content === '' && Array.isArray(toolCalls) && toolCalls.length > 0 ? null : content;
}

/** The index orders deltas; a whole tool call has none. */
function withoutIndex(call: unknown): unknown {
  if (typeof call !== 'object' || call === null) return call;
  const { index: _index, ...rest } = call as Record<string, unknown>;
  return rest;
}
