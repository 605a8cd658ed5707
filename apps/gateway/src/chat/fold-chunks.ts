import {
  fail,
  succeed,
  type AnswerMetadata,
  type ApiError,
  type ChatChunk,
  type ChatUsage,
  type Result,
} from '@lumenfall/contracts';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';
import { chatMetadata, type ChatAnswer, type ChatAnswerChoice, type ChatIdentity } from './chat-events.js';

/** Why a chat has no answer, and which model failed. */
export interface ChatFailure {
  error: ApiError;
  executedModel: string | null;
}

/** Waits until the answer is complete and folds its chunks. Null: the client left. */
export async function wholeChat(
  answer: Pick<AwaitedAnswer, 'next'>,
  identity: ChatIdentity,
): Promise<Result<ChatAnswer, ChatFailure> | null> {
  const fold = new ChatFold();
  for (;;) {
    const event = await answer.next();
    if (event.type === 'silence') continue;
    if (event.type === 'cancelled') return null;
    if (event.type === 'lost') return fail({ error: event.error, executedModel: null });
    if (event.restarted) fold.reset();
    for (const part of event.parts) {
      if (part.type === 'chunk') fold.add(part.chunk);
      else if (part.type === 'chat-end') return succeed(fold.answer(identity, part.usage, part.metadata));
      else if (part.type === 'error') return fail({ error: part.error, executedModel: part.executedModel });
    }
  }
}

interface OpenChoice {
  message: Record<string, unknown>;
  logprobs: Record<string, unknown> | null;
  finishReason: string | null;
  other: Record<string, unknown>;
}

/** Folds the chunks of a stream into one answer, for a client that does not stream. */
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

  /** Discards everything: it came from a run whose worker died. */
  reset(): void {
    this.#choices.clear();
    this.#other = {};
  }

  answer(identity: ChatIdentity, usage: ChatUsage, metadata: AnswerMetadata): ChatAnswer {
    const object = 'chat.completion';
    return { ...this.#other, ...identity, object, choices: this.choices(), usage, ...chatMetadata(metadata) };
  }

  choices(): ChatAnswerChoice[] {
    return [...this.#choices.entries()].sort(([a], [b]) => a - b).map(([index, choice]) => closed(index, choice));
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
      ...(Array.isArray(tool_calls) && { tool_calls: tool_calls.map(completeCall) }),
    },
    logprobs: choice.logprobs,
    finish_reason: choice.finishReason,
  };
}

/** Beside tool calls, an empty text becomes null, as in providers' answers that are not streamed. */
function contentOf(content: unknown, toolCalls: unknown): string | null {
  if (typeof content !== 'string') return null;
  return content === '' && Array.isArray(toolCalls) && toolCalls.length > 0 ? null : content;
}

/** A complete tool call has no `index`, which orders deltas, and its arguments are JSON: `{}` if there were none. */
function completeCall(call: unknown): unknown {
  if (!isFields(call)) return call;
  const { index: _index, ...rest } = call;
  const called = rest['function'];
  if (!isFields(called)) return rest;
  return { ...rest, function: { ...called, arguments: called['arguments'] || '{}' } };
}

type Fields = Record<string, unknown>;

/** Fields whose first value is kept when later deltas repeat them. */
const SENT_ONCE = new Set(['role', 'id', 'type', 'name', 'index', 'format', 'signature_type']);

/**
 * Adds one delta to the message: strings are concatenated, lists of indexed parts (`tool_calls`, `reasoning_details`)
 * are merged by index, other lists are appended, objects are merged, and other values are replaced. Unknown fields
 * follow the same rules.
 */
export function foldDelta(message: Fields, delta: Fields): void {
  for (const [name, value] of Object.entries(delta)) {
    if (name === '__proto__') continue;
    if (value === null || value === undefined) {
      if (!(name in message)) message[name] = null;
      continue;
    }
    message[name] = foldValue(name, message[name], value);
  }
}

function foldValue(name: string, before: unknown, value: unknown): unknown {
  if (Array.isArray(value)) return foldList(Array.isArray(before) ? before : [], value);
  if (before === undefined || before === null) return isFields(value) ? foldedCopy(value) : value;
  if (typeof value === 'string' && typeof before === 'string')
    return SENT_ONCE.has(name) ? before || value : before + value;
  if (isFields(value) && isFields(before)) {
    foldDelta(before, value);
    return before;
  }
  return value;
}

function foldList(before: unknown[], parts: unknown[]): unknown[] {
  for (const part of parts) {
    if (!isFields(part)) {
      before.push(part);
      continue;
    }
    const known =
      typeof part['index'] === 'number'
        ? before.find((one) => isFields(one) && one['index'] === part['index'])
        : undefined;
    if (isFields(known)) foldDelta(known, part);
    else before.push(foldedCopy(part));
  }
  return before;
}

/** A copy, because parts of a reply message must not be changed in place. */
function foldedCopy(fields: Fields): Fields {
  const copy: Fields = {};
  foldDelta(copy, fields);
  return copy;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
