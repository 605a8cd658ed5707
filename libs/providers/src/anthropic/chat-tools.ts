import type { ChatBody } from '@lumenfall/contracts';
import { readToolChoice, readTools, type ToolChoice } from '../chat/tools.js';
import { isRecord } from '../json/fields.js';

export interface AnthropicTools {
  tools?: unknown[];
  tool_choice?: { type: 'auto' | 'any' | 'none' | 'tool'; name?: string; disable_parallel_tool_use?: boolean };
}

/** Functions in Anthropic's form; its own tools (web search ...) are passed on unchanged. */
export function anthropicTools(body: ChatBody): AnthropicTools {
  const { functions, others } = readTools(body);
  if (functions.length + others.length === 0) return {};
  const tools = functions.map(({ name, description, parameters, strict, cache }) => ({
    name,
    ...(description === null ? {} : { description }),
    // Strict mode accepts only a part of JSON schema.
    input_schema: strict ? anthropicSchema(parameters ?? NO_PARAMETERS) : (parameters ?? NO_PARAMETERS),
    ...(strict ? { strict } : {}),
    ...(cache === undefined ? {} : { cache_control: cache }),
  }));
  const choice = choiceOf(readToolChoice(body), body['parallel_tool_calls'] === false);
  return { tools: [...tools, ...others], ...(choice === null ? {} : { tool_choice: choice }) };
}

const NO_PARAMETERS = { type: 'object', properties: {} };

function choiceOf(choice: ToolChoice | null, oneAtATime: boolean): AnthropicTools['tool_choice'] | null {
  const single = oneAtATime ? { disable_parallel_tool_use: true } : {};
  switch (choice?.kind) {
    case 'none':
      return { type: 'none' };
    case 'required':
      return { type: 'any', ...single };
    case 'function':
      return { type: 'tool', name: choice.name, ...single };
    case 'auto':
      return { type: 'auto', ...single };
    case undefined:
      return oneAtATime ? { type: 'auto', ...single } : null;
  }
}

const KEPT = new Set([
  'type',
  'title',
  'description',
  'properties',
  'required',
  'items',
  'enum',
  'const',
  'default',
  'anyOf',
  'allOf',
  '$ref',
  '$defs',
  'definitions',
]);

/** The formats of texts that Anthropic can enforce. */
const FORMATS = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'];

/**
 * A JSON schema as Anthropic's structured outputs accept it: every object is closed, numbers and lengths have no
 * limits. What is removed is added to the description, so that the model still sees it.
 */
export function anthropicSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  const removed: string[] = [];
  for (const [name, value] of Object.entries(schema)) {
    if (name === 'oneOf') kept['anyOf'] = cleaned('anyOf', value);
    else if (KEPT.has(name) || isAccepted(name, value)) kept[name] = cleaned(name, value);
    else if (isLimit(value) && !name.startsWith('$')) removed.push(`${name}: ${JSON.stringify(value)}`);
  }
  if (removed.length > 0) {
    const before = typeof kept['description'] === 'string' ? `${kept['description']} ` : '';
    kept['description'] = `${before}(${removed.join(', ')})`;
  }
  if (schema['type'] === 'object' || isRecord(schema['properties'])) kept['additionalProperties'] = false;
  return kept;
}

const isAccepted = (name: string, value: unknown): boolean =>
  (name === 'format' && FORMATS.includes(String(value))) || (name === 'minItems' && (value === 0 || value === 1));

const isLimit = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number' || value === true;

function cleaned(name: string, value: unknown): unknown {
  if (name === 'properties' || name === '$defs' || name === 'definitions') {
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, schemaOrValue(one)]));
  }
  if (name === 'items') return schemaOrValue(value);
  if (name === 'anyOf' || name === 'allOf') return Array.isArray(value) ? value.map(schemaOrValue) : value;
  return value;
}

const schemaOrValue = (value: unknown): unknown => (isRecord(value) ? anthropicSchema(value) : value);
