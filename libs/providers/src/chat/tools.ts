import type { ChatBody } from '@lumenfall/contracts';
import { parseJson } from '../http/index.js';
import { isRecord, textOf } from '../json/fields.js';
import type { ChatMessage } from './message-parts.js';
import { objectSchema } from './object-schema.js';

/** A function that the client offers to the model. */
export interface OfferedTool {
  name: string;
  description: string | null;
  /** A JSON schema of the type `object`; null if the client gave none. */
  parameters: Record<string, unknown> | null;
  strict: boolean;
  cache: unknown;
}

/**
 * The functions among `tools`, and the older `functions`. `others` are the provider's own tools, which go on unchanged.
 */
export function readTools(body: ChatBody): { functions: OfferedTool[]; others: unknown[] } {
  const functions: OfferedTool[] = [];
  const others: unknown[] = [];
  const older = listOf(body['functions']).map((one) => ({ type: 'function', function: one }));
  for (const tool of [...listOf(body['tools']), ...older]) {
    const named = isRecord(tool) && tool['type'] === 'function' && isRecord(tool['function']) ? tool['function'] : null;
    const name = textOf(named?.['name']);
    if (!isRecord(tool) || named === null || name === null) {
      others.push(tool);
      continue;
    }
    functions.push({
      name,
      description: textOf(named['description']),
      parameters: isRecord(named['parameters']) ? objectSchema(named['parameters']) : null,
      strict: named['strict'] === true,
      cache: tool['cache_control'] ?? named['cache_control'],
    });
  }
  return { functions, others };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

export type ToolChoice = { kind: 'auto' | 'none' | 'required' } | { kind: 'function'; name: string };

/** `tool_choice`, or the older `function_call`; null if neither is given, or is of a form that we do not know. */
export function readToolChoice(body: ChatBody): ToolChoice | null {
  const choice = body['tool_choice'] ?? body['function_call'];
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
  if (!isRecord(choice)) return null;
  const name = textOf(isRecord(choice['function']) ? choice['function']['name'] : choice['name']);
  return name === null ? null : { kind: 'function', name };
}

/** A tool call of an earlier assistant message. */
export interface MadeCall {
  id: string;
  name: string;
  /** The arguments as an object, whatever their text was. */
  input: Record<string, unknown>;
  /** The call as it came: providers put fields of their own beside the known ones. */
  call: Record<string, unknown>;
}

export function readToolCalls(message: ChatMessage): MadeCall[] {
  const calls = message['tool_calls'];
  if (message.role !== 'assistant' || !Array.isArray(calls)) return [];
  return calls.flatMap((call: unknown): MadeCall[] => {
    const named = isRecord(call) && isRecord(call['function']) ? call['function'] : null;
    const name = textOf(named?.['name']);
    if (!isRecord(call) || named === null || name === null) return [];
    return [{ id: textOf(call['id']) ?? name, name, input: inputOf(named['arguments']), call }];
  });
}

/** The id of the call that a message of the role `tool` (formerly `function`) answers. */
export const callIdOf = (message: ChatMessage): string =>
  textOf(message['tool_call_id']) ?? textOf(message['name']) ?? 'unknown';

function inputOf(text: unknown): Record<string, unknown> {
  if (isRecord(text)) return text;
  if (typeof text !== 'string' || text.trim() === '') return {};
  const value = parseJson(text);
  if (value === null) return {};
  // The token limit may have cut the arguments off: the model then sees the text that it wrote.
  return isRecord(value) ? value : { arguments: value ?? text };
}
