import {
  chatBodySchema,
  imageBodySchema,
  imageEditBodySchema,
  IMAGE_FIELDS,
  videoBodySchema,
} from '@lumenfall/contracts';
import { z } from 'zod';
import { CORE_PARAMETERS } from './core-parameters.js';
import { limitsOf } from './core-limits.js';
import type { ModelEntry } from './model-entry.js';
import type { ModelParameter } from './model-parameter.js';

export type JsonSchema = Record<string, unknown>;

/** JSON Schema of a model's requests (draft 2020-12), with `x-` annotations for people and tools. */
export interface ModelSchema extends JsonSchema {
  properties: Record<string, JsonSchema>;
  required: string[];
}

const compiled = new WeakMap<ModelEntry, ModelSchema>();

/**
 * The one description of what the model takes: it is served as it is, and it is what bodies are checked against. Its base
 * are the schemas of the bodies themselves; the entry narrows them. `x-handling` says what is done with a parameter on its way
 * to a provider, `x-modes` and `x-providers` where it counts, `x-required-in` in which modes it may not be missing.
 */
export function modelSchemaOf(entry: ModelEntry): ModelSchema {
  let schema = compiled.get(entry);
  if (!schema) compiled.set(entry, (schema = compile(entry)));
  return schema;
}

function compile(entry: ModelEntry): ModelSchema {
  const core = CORE_PARAMETERS[entry.modality];
  const base = baseOf(entry);
  const limits = limitsOf(entry);
  const properties: Record<string, JsonSchema> = {};
  for (const [name, schema] of Object.entries(base.properties)) {
    const { description, handling } = core[name] ?? {};
    properties[name] = {
      ...(description !== undefined && { description }),
      ...schema,
      ...limits[name],
      ...(handling && { 'x-handling': handling }),
    };
  }
  const required = new Set(base.required);
  for (const [name, parameter] of Object.entries(entry.parameters)) {
    properties[name] = { ...properties[name], ...parameterSchema(parameter) };
    if (parameter.required && (parameter.modes === undefined || parameter.modes.length === entry.modes.length))
      required.add(name);
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: entry.name,
    description: entry.description,
    type: 'object',
    properties,
    required: [...required],
    ...(entry.modality === 'image' && !entry.modes.includes('text-to-image') && { anyOf: ANY_PICTURE }),
    // What is not listed goes to the provider as it is.
    additionalProperties: true,
    'x-model': entry.id,
    'x-modes': entry.modes,
  };
}

/** A picture to work on may come under several names. */
const ANY_PICTURE = IMAGE_FIELDS.filter((field) => field !== 'mask').map((field) => ({ required: [field] }));

function parameterSchema(parameter: ModelParameter): JsonSchema {
  const { type, description, enum: values, minimum, maximum, max_length: maxLength, modes, providers } = parameter;
  return {
    ...(type === 'file' ? { type: ['string', 'null'], 'x-type': 'file' } : { type: [type, 'null'] }),
    ...(description !== undefined && { description }),
    ...(values !== undefined && { enum: [...values, null] }),
    ...(parameter.default !== undefined && { default: parameter.default }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(maxLength !== undefined && { maxLength }),
    'x-handling': parameter.handling,
    ...(modes !== undefined && { 'x-modes': modes }),
    ...(providers !== undefined && { 'x-providers': providers }),
    ...(parameter.required && modes !== undefined && { 'x-required-in': modes }),
  };
}

/** The bodies' own schemas, as far as the model's modes reach. */
function baseOf({ modality, modes }: ModelEntry): { properties: Record<string, JsonSchema>; required: string[] } {
  if (modality === 'text') return BASES.text;
  if (modality === 'video') return BASES.video;
  const { properties, required } = BASES.image;
  const { scale_factor: scale, ...edit } = BASES.edit.properties;
  const working = modes.filter((mode) => mode !== 'text-to-image');
  const image = { 'x-type': 'file', 'x-modes': working, 'x-required-in': working };
  const upscales = modes.includes('upscale');
  return {
    properties: {
      ...(upscales ? edit : properties),
      ...(working.length > 0 && { image }),
      ...(modes.includes('image-edit') && { mask: { 'x-type': 'file', 'x-modes': ['image-edit'] } }),
      ...(upscales && scale && { scale_factor: { ...scale, 'x-modes': ['upscale'] } }),
      // It asks for an upscale, which a model that only edits is refused for.
      ...(!upscales && !modes.includes('text-to-image') && { scale_factor: { type: 'null' } }),
    },
    // An upscale needs no prompt.
    required: upscales ? BASES.edit.required : required,
  };
}

const BASES = {
  text: jsonSchemaOf(chatBodySchema),
  image: jsonSchemaOf(imageBodySchema),
  edit: jsonSchemaOf(imageEditBodySchema),
  video: jsonSchemaOf(videoBodySchema),
};

function jsonSchemaOf(body: z.ZodObject): { properties: Record<string, JsonSchema>; required: string[] } {
  const { properties = {}, required = [] } = z.toJSONSchema(body, { io: 'input' });
  const flat = Object.entries(properties).map(([name, schema]) => [name, nullFlattened(schema as JsonSchema)] as const);
  return { properties: Object.fromEntries(flat), required };
}

/** `{anyOf: [{type: 'string', ...}, {type: 'null'}]}` reads better as `{type: ['string', 'null'], ...}`. */
function nullFlattened(schema: JsonSchema): JsonSchema {
  const [first, second, ...more] = Array.isArray(schema['anyOf']) ? (schema['anyOf'] as JsonSchema[]) : [];
  if (!first || second?.['type'] !== 'null' || more.length > 0) return schema;
  if (typeof first['type'] !== 'string' || 'const' in first) return schema;
  const values: unknown = first['enum'];
  return { ...first, type: [first['type'], 'null'], ...(Array.isArray(values) && { enum: [...values, null] }) };
}
