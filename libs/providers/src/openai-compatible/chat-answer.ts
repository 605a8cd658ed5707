import type { ChunkChoice, ChunkDefaults, ReadChunk } from '../chat/answer-gate.js';
import { countOf, isRecord, textOf } from '../json/fields.js';
import { readUsage } from './chat-usage.js';

type ToolCall = NonNullable<NonNullable<ChunkChoice['delta']['tool_calls']>[number]>;

/**
 * One `chat.completion.chunk`, as providers send it, checked by hand: a full schema for every chunk would cost more than the
 * rest of the way. What comes out always satisfies `chatChunkSchema` (its tests say so); unknown fields stay.
 * Null for what is no chunk at all.
 */
export function readChunk(value: unknown, defaults: ChunkDefaults): ReadChunk | null {
  if (!isRecord(value)) return null;
  const { usage, choices, ...rest } = value;
  if (choices !== undefined && choices !== null && !Array.isArray(choices)) return null;
  const read: ReadChunk = { chunk: null, usage: readUsage(usage), hasContent: false, finished: [] };
  const kept: ChunkChoice[] = [];
  for (const [position, choice] of ((choices ?? []) as unknown[]).entries()) {
    if (!isRecord(choice)) return null;
    kept.push(readChoice(choice, position, read));
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

function readChoice(choice: Record<string, unknown>, position: number, read: ReadChunk): ChunkChoice {
  const index = countOf(choice['index']) ?? position;
  // A server that streams nothing sends `message` even here.
  const delta = readDelta(isRecord(choice['delta']) ? choice['delta'] : choice['message']);
  const reason = textOf(choice['finish_reason']);
  if (reason !== null) read.finished.push({ index, reason });
  read.hasContent ||= hasContent(delta);
  const { message: _, ...rest } = choice;
  return { ...rest, index, delta, finish_reason: reason };
}

function readDelta(value: unknown): ChunkChoice['delta'] {
  if (!isRecord(value)) return {};
  const { role, content, tool_calls: calls } = value;
  const odd =
    !isTextOrNothing(role) ||
    !isTextOrNothing(content) ||
    !(calls === undefined || calls === null || Array.isArray(calls));
  // The usual delta goes on as it came.
  if (!odd && !calls) return value as ChunkChoice['delta'];
  const { role: _r, content: _c, tool_calls: _t, ...rest } = value;
  const text = isTextOrNothing(content) ? content : textOfParts(content);
  return {
    ...rest,
    ...(typeof role === 'string' ? { role } : {}),
    ...(text === undefined ? {} : { content: text }),
    ...(Array.isArray(calls) ? { tool_calls: calls.filter(isRecord).map(readToolCall) } : {}),
  };
}

function readToolCall(call: Record<string, unknown>): ToolCall {
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

function readFunction({ name, arguments: given, ...rest }: Record<string, unknown>): ToolCall['function'] {
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

/** A whole `chat.completion` (from a server that ignores `stream`) as the chunks that would have been streamed. */
export function chunksOfCompletion(value: unknown, defaults: ChunkDefaults): ReadChunk[] | null {
  if (!isRecord(value) || !Array.isArray(value['choices'])) return null;
  const { usage, ...rest } = value;
  const answers = readChunk({ ...rest, choices: value['choices'].map(withoutFinish) }, defaults);
  const ends = readChunk({ ...rest, choices: value['choices'].map(onlyFinish), usage }, defaults);
  return answers === null || ends === null ? null : [answers, ends];
}

const withoutFinish = (choice: unknown): unknown => (isRecord(choice) ? { ...choice, finish_reason: null } : choice);

const onlyFinish = (choice: unknown, position: number): unknown =>
  isRecord(choice)
    ? { index: choice['index'] ?? position, delta: {}, finish_reason: textOf(choice['finish_reason']) ?? 'stop' }
    : choice;
