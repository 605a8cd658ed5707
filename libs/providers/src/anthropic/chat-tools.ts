import type { ChatBody } from '@lumenfall/contracts';
import { readToolChoice, readTools, type ToolChoice } from '../chat/tools.js';
import { isRecord } from '../json/fields.js';

export interface AnthropicTools {
  tools?: unknown[];
  tool_choice?: { type: 'auto' | 'any' | 'none' | 'tool'; name?: string; disable_parallel_tool_use?: boolean };
}

/** Functions in Anthropic's form; its own tools (web search ...) go on as they came. */
export function anthropicTools(body: ChatBody): AnthropicTools {
  const { functions, others } = readTools(body);
  if (functions.length + others.length === 0) return {};
  const tools = functions.map(({ name, description, parameters, strict, cache }) => ({
    name,
    ...(description === null ? {} : { description }),
    // A schema that is kept strictly has to be one that can be.
    input_schema: strict ? anthropicSchema(parameters ?? NOTHING) : (parameters ?? NOTHING),
    ...(strict ? { strict } : {}),
    ...(cache === undefined ? {} : { cache_control: cache }),
  }));
  const choice = choiceOf(readToolChoice(body['tool_choice']), body['parallel_tool_calls'] === false);
  return { tools: [...tools, ...others], ...(choice === null ? {} : { tool_choice: choice }) };
}

const NOTHING = { type: 'object', properties: {} };

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

/** The formats of texts that Anthropic can hold an answer to. */
const FORMATS = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'];

/**
 * A JSON schema as Anthropic's structured outputs take it: every object closed, no limits on numbers and lengths. What is
 * taken away is told in the description, so that the model still knows it.
 */
export function anthropicSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  const told: string[] = [];
  for (const [name, value] of Object.entries(schema)) {
    if (name === 'oneOf') kept['anyOf'] = cleaned('anyOf', value);
    else if (KEPT.has(name) || isBearable(name, value)) kept[name] = cleaned(name, value);
    else if (isLimit(value) && !name.startsWith('$')) told.push(`${name}: ${JSON.stringify(value)}`);
  }
  if (told.length > 0) {
    const before = typeof kept['description'] === 'string' ? `${kept['description']} ` : '';
    kept['description'] = `${before}(${told.join(', ')})`;
  }
  if (schema['type'] === 'object' || isRecord(schema['properties'])) kept['additionalProperties'] = false;
  return kept;
}

const isBearable = (name: string, value: unknown): boolean =>
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
