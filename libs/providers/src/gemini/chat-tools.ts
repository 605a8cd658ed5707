import type { ChatBody } from '@lumenfall/contracts';
import { readToolChoice, readTools, type ToolChoice } from '../chat/tools.js';
import { isRecord } from '../json/fields.js';

/** Functions in Gemini's form; its own tools (`{"googleSearch": {}}` ...) are passed on unchanged. */
export function geminiTools(body: ChatBody): Record<string, unknown> {
  const { functions, others } = readTools(body);
  if (functions.length + others.length === 0) return {};
  const declarations = functions.map(({ name, description, parameters }) => ({
    name,
    ...(description === null ? {} : { description }),
    ...(parameters === null ? {} : { parametersJsonSchema: geminiSchema(parameters) }),
  }));
  const choice = readToolChoice(body);
  return {
    tools: [...(declarations.length > 0 ? [{ functionDeclarations: declarations }] : []), ...others],
    ...(choice === null ? {} : { toolConfig: { functionCallingConfig: configOf(choice) } }),
  };
}

// Gemini has no setting for one call at a time: `parallel_tool_calls` is dropped.
function configOf(choice: ToolChoice): Record<string, unknown> {
  switch (choice.kind) {
    case 'auto':
      return { mode: 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'function':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] };
  }
}

/**
 * The keywords of `responseJsonSchema` and `parametersJsonSchema`; Gemini refuses others, or answers worse with them.
 */
const KNOWN = new Set([
  '$id',
  '$defs',
  '$ref',
  '$anchor',
  'type',
  'format',
  'title',
  'description',
  'enum',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'anyOf',
  'oneOf',
  'properties',
  'additionalProperties',
  'required',
  'propertyOrdering',
]);

/** A JSON schema with only the keywords that Gemini knows. */
export function geminiSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const whole = withoutAllOf(schema);
  // Gemini refuses other keywords beside a reference.
  if (typeof whole['$ref'] === 'string') return { $ref: whole['$ref'].replace('#/definitions/', '#/$defs/') };
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(whole)) {
    if (name === 'const') kept['enum'] = [value];
    else if (name === 'definitions') kept['$defs'] = cleaned('$defs', value);
    else if (KNOWN.has(name)) kept[name] = cleaned(name, value);
  }
  return kept;
}

/** Gemini does not know `allOf`, which mostly holds one schema or a few objects: they are merged. */
function withoutAllOf({ allOf, ...schema }: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(allOf)) return schema;
  return allOf.filter(isRecord).reduce<Record<string, unknown>>((whole, part) => {
    const more = withoutAllOf(part);
    return {
      ...more,
      ...whole,
      ...(isRecord(more['properties']) || isRecord(whole['properties'])
        ? { properties: { ...fields(more['properties']), ...fields(whole['properties']) } }
        : {}),
      ...(Array.isArray(more['required']) || Array.isArray(whole['required'])
        ? { required: [...new Set([...list(whole['required']), ...list(more['required'])])] }
        : {}),
    };
  }, schema);
}

const fields = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

function cleaned(name: string, value: unknown): unknown {
  if (name === 'properties' || name === '$defs') {
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, schemaOrValue(one)]));
  }
  if (name === 'items' || name === 'additionalProperties') return schemaOrValue(value);
  if (name === 'anyOf' || name === 'oneOf' || name === 'prefixItems') {
    return Array.isArray(value) ? value.map(schemaOrValue) : value;
  }
  return value;
}

const schemaOrValue = (value: unknown): unknown => (isRecord(value) ? geminiSchema(value) : value);
