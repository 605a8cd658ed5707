import type { ChatBody } from '@lumenfall/contracts';
import { parseJson } from '../http/index.js';
import { isRecord, textOf } from '../json/fields.js';
import type { ChatMessage } from './message-parts.js';

/** A function that the client offers. */
export interface OfferedTool {
  name: string;
  description: string | null;
  /** JSON schema; null for a function without parameters. */
  parameters: Record<string, unknown> | null;
  strict: boolean;
  cache: unknown;
}

/** The functions among `tools`, and apart from them whatever else is there: a provider's own tools, in its own form. */
export function readTools(body: ChatBody): { functions: OfferedTool[]; others: unknown[] } {
  const functions: OfferedTool[] = [];
  const others: unknown[] = [];
  for (const tool of Array.isArray(body['tools']) ? (body['tools'] as unknown[]) : []) {
    const named = isRecord(tool) && tool['type'] === 'function' && isRecord(tool['function']) ? tool['function'] : null;
    const name = textOf(named?.['name']);
    if (!isRecord(tool) || named === null || name === null) {
      others.push(tool);
      continue;
    }
    functions.push({
      name,
      description: textOf(named['description']),
      parameters: isRecord(named['parameters']) ? named['parameters'] : null,
      strict: named['strict'] === true,
      cache: tool['cache_control'] ?? named['cache_control'],
    });
  }
  return { functions, others };
}

export type ToolChoice = { kind: 'auto' | 'none' | 'required' } | { kind: 'function'; name: string };

/** `tool_choice`; null where nothing, or nothing that we know, is said. */
export function readToolChoice(choice: unknown): ToolChoice | null {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
  const named = isRecord(choice) && isRecord(choice['function']) ? textOf(choice['function']['name']) : null;
  return named === null ? null : { kind: 'function', name: named };
}

/** A call that the assistant made earlier. */
export interface MadeCall {
  id: string;
  name: string;
  /** What the arguments' text holds; an object, whatever the text was. */
  input: Record<string, unknown>;
  /** The call as it came, for what a provider has put beside it. */
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

/** Of which call a message of the role `tool` (or, long ago, `function`) is the result. */
export const callIdOf = (message: ChatMessage): string =>
  textOf(message['tool_call_id']) ?? textOf(message['name']) ?? 'unknown';

function inputOf(text: unknown): Record<string, unknown> {
  if (isRecord(text)) return text;
  if (typeof text !== 'string' || text.trim() === '') return {};
  const value = parseJson(text);
  // Arguments that a limit cut off: the history stays true, and the model sees what it said.
  return isRecord(value) ? value : { arguments: value ?? text };
}
