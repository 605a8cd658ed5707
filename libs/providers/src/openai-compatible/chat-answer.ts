import type { ChunkChoice, ChunkDefaults, Delta, ToolCallDelta } from '../chat/answer-gate.js';
import type { ChatChunk, ChatUsage } from '@lumenfall/contracts';
import { countOf, isRecord, textOf } from '../json/fields.js';
import { usageOfChunk } from './chat-usage.js';

/** A `chat.completion.chunk` as the provider sent it, with the fields that every chunk must have. */
export interface OpenAiChunk {
  /** Null if it holds no choices. `finish_reason` is still the provider's own word. */
  chunk: ChatChunk | null;
  usage: ChatUsage | null;
  hasContent: boolean;
}

/**
 * Reads a chunk by hand: a schema for every chunk would cost more than all other work on it. The result satisfies
 * `chatChunkSchema`, as the tests prove; unknown fields stay. Null for a value that is not a chunk.
 */
export function readChunk(value: Record<string, unknown>, defaults: ChunkDefaults): OpenAiChunk | null {
  const { usage: _, choices, ...rest } = value;
  if (choices !== undefined && choices !== null && !Array.isArray(choices)) return null;
  const read: OpenAiChunk = { chunk: null, usage: usageOfChunk(value), hasContent: false };
  const kept: ChunkChoice[] = [];
  for (const [position, choice] of ((choices ?? []) as unknown[]).entries()) {
    if (!isRecord(choice)) return null;
    const one = readChoice(choice, position);
    read.hasContent ||= hasContent(one.delta);
    kept.push(one);
  }
  if (kept.length > 0) {
    read.chunk = {
      ...rest,
      id: textOf(value['id']) ?? defaults.id,
      object: 'chat.completion.chunk',
      created: countOf(value['created']) ?? defaults.created,
      model: textOf(value['model']) ?? defaults.model,
      choices: kept,
    };
  }
  return read;
}

function readChoice(choice: Record<string, unknown>, position: number): ChunkChoice {
  const { message, usage: _, ...rest } = choice;
  // A server that ignores `stream` sends `message` even in an event.
  const delta = readDelta(isRecord(choice['delta']) ? choice['delta'] : message);
  const index = countOf(choice['index']) ?? position;
  return { ...rest, index, delta, finish_reason: textOf(choice['finish_reason']) };
}

function readDelta(value: unknown): Delta {
  if (!isRecord(value)) return {};
  const { role, content, tool_calls: calls } = value;
  const isUnusual =
    !isTextOrNothing(role) ||
    !isTextOrNothing(content) ||
    !(calls === undefined || calls === null || Array.isArray(calls));
  if (!isUnusual && !calls) return value as Delta;
  const { role: _r, content: _c, tool_calls: _t, ...rest } = value;
  const text = isTextOrNothing(content) ? content : textOfParts(content);
  return {
    ...rest,
    ...(typeof role === 'string' ? { role } : {}),
    ...(text === undefined ? {} : { content: text }),
    ...(Array.isArray(calls) ? { tool_calls: calls.filter(isRecord).map(readToolCall) } : {}),
  };
}

function readToolCall(call: Record<string, unknown>): ToolCallDelta {
  const { id, type, function: named, index, ...rest } = call;
  const counted = countOf(index);
  return {
    ...rest,
    ...(counted === null ? {} : { index: counted }),
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(isRecord(named) ? { function: readFunction(named) } : {}),
  };
}

function readFunction({ name, arguments: given, ...rest }: Record<string, unknown>): ToolCallDelta['function'] {
  return {
    ...rest,
    ...(typeof name === 'string' ? { name } : {}),
    // Ollama sends the arguments as an object.
    ...(typeof given === 'string' ? { arguments: given } : isRecord(given) ? { arguments: JSON.stringify(given) } : {}),
  };
}

const isTextOrNothing = (value: unknown): value is string | null | undefined =>
  value === undefined || value === null || typeof value === 'string';

/** Some servers send content as parts: `[{"type": "text", "text": "..."}]`. */
function textOfParts(content: unknown): string | undefined {
  if (!Array.isArray(content)) return undefined;
  return content.map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}

function hasContent(delta: Record<string, unknown>): boolean {
  for (const name in delta) {
    const value = delta[name];
    if (name === 'role' || value === null || value === undefined || value === '') continue;
    if (!Array.isArray(value) || value.length > 0) return true;
  }
  return false;
}

/** A whole `chat.completion` as the two chunks that a stream would have had: the answer, and its end with the usage. */
export function chunksOfCompletion(value: Record<string, unknown>): Record<string, unknown>[] | null {
  if (!Array.isArray(value['choices'])) return null;
  const { usage, choices, ...rest } = value;
  return [
    { ...rest, choices: choices.map(withoutFinish) },
    { ...rest, choices: choices.map(onlyFinish), usage },
  ];
}

const withoutFinish = (choice: unknown): unknown => (isRecord(choice) ? { ...choice, finish_reason: null } : choice);

const onlyFinish = (choice: unknown, position: number): unknown =>
  isRecord(choice)
    ? {
        index: choice['index'] ?? position,
        delta: {},
        finish_reason: choice['finish_reason'],
        usage: choice['usage'],
      }
    : choice;
