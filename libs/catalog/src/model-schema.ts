import {
  chatBodySchema,
  imageBodySchema,
  imageEditBodySchema,
  IMAGE_FIELDS,
  videoBodySchema,
} from '@lumenfall/contracts';
import { z } from 'zod';
import { CORE_PARAMETERS, limitsOf, type JsonSchema } from './core-parameters.js';
import type { ModelEntry } from './model-entry.js';
import type { ModelParameter } from './model-parameter.js';

/** JSON Schema of a model's requests (draft 2020-12), with `x-` annotations for people and tools. */
export interface ModelSchema extends JsonSchema {
  properties: Record<string, JsonSchema>;
  required: string[];
}

const compiled = new WeakMap<ModelEntry, ModelSchema>();

/**
 * The one schema of the model's requests: served as it is, and used to validate bodies. It starts from the schemas of
 * the bodies, which the entry restricts. `x-handling` says how a parameter is sent to a provider, `x-modes` and
 * `x-providers` where it applies, `x-required-in` in which modes it is required.
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
    ...(entry.modality === 'image' && !entry.modes.includes('text-to-image') && { anyOf: ANY_IMAGE }),
    // Unlisted fields are forwarded unchanged.
    additionalProperties: true,
    'x-model': entry.id,
    'x-modes': entry.modes,
  };
}

/** An input image may use any of several field names. */
const ANY_IMAGE = IMAGE_FIELDS.filter((field) => field !== 'mask').map((field) => ({ required: [field] }));

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

/** The schema of the bodies of the model's modes. */
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
      // A scale factor requests an upscale, which this model does not support.
      ...(!upscales && !modes.includes('text-to-image') && { scale_factor: { type: 'null' } }),
    },
    // The prompt of an upscale is optional.
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

/** `{anyOf: [{type: 'string', ...}, {type: 'null'}]}` is shortened to `{type: ['string', 'null'], ...}`. */
function nullFlattened(schema: JsonSchema): JsonSchema {
  const [first, second, ...more] = Array.isArray(schema['anyOf']) ? (schema['anyOf'] as JsonSchema[]) : [];
  if (!first || second?.['type'] !== 'null' || more.length > 0) return schema;
  if (typeof first['type'] !== 'string' || 'const' in first) return schema;
  const values: unknown = first['enum'];
  return { ...first, type: [first['type'], 'null'], ...(Array.isArray(values) && { enum: [...values, null] }) };
}
