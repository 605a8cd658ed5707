import { mostInputsOf } from './image-mode.js';
import type { JsonSchema } from './model-schema.js';
import type { ModelEntry } from './model-entry.js';

/** By the name of a core parameter: what this model's own data makes of it. Lists that the nearest is taken of are only `examples`. */
export function limitsOf(entry: ModelEntry): Record<string, JsonSchema> {
  const prompt: JsonSchema = entry.prompt_limit === undefined ? {} : { maxLength: entry.prompt_limit };
  if (entry.modality === 'text') return textLimits(entry);
  return { prompt, ...(entry.modality === 'image' ? imageLimits(entry) : videoLimits(entry)) };
}

function textLimits({ text, limits, capabilities }: ModelEntry): Record<string, JsonSchema> {
  const most: JsonSchema = limits.max_output_tokens === undefined ? {} : { maximum: limits.max_output_tokens };
  const refused = PARTS_OF_INPUT.flatMap(({ input, types }) => (text?.inputs.includes(input) ? [] : types));
  return {
    max_tokens: most,
    max_completion_tokens: most,
    // Joins what the body's schema says of the messages.
    ...(refused.length > 0 && { messages: { allOf: [everyPartOfMessages({ type: { not: { enum: refused } } })] } }),
    ...(capabilities && !capabilities.includes('tools') && { tools: { type: ['array', 'null'], maxItems: 0 } }),
  };
}

const PARTS_OF_INPUT = [
  { input: 'image', types: ['image_url', 'input_image'] },
  { input: 'audio', types: ['input_audio'] },
] as const;

function everyPartOfMessages(properties: Record<string, JsonSchema>): JsonSchema {
  const content = { items: { properties } };
  return { items: { properties: { content } } };
}

function imageLimits(entry: ModelEntry): Record<string, JsonSchema> {
  const { sizes, tiers, quality, output_tokens: counted, upscale } = entry.image ?? {};
  const qualities = quality && [
    ...new Set([
      ...Object.keys(quality.names),
      ...Object.values(quality.names),
      ...Object.keys(counted ?? {}),
      quality.default,
    ]),
  ];
  return {
    ...(sizes && { size: { examples: sizes } }),
    ...(tiers && { resolution: { examples: tiers, default: tiers[0] } }),
    ...(qualities && { quality: { enum: [...qualities.sort(), null], default: quality.default } }),
    image: { maxItems: mostInputsOf(entry, entry.modes.includes('image-edit') ? 'image-edit' : 'upscale') },
    ...(upscale && {
      scale_factor: { default: upscale.default, ...(upscale.factors && { examples: upscale.factors }) },
    }),
  };
}

function videoLimits({ video }: ModelEntry): Record<string, JsonSchema> {
  if (!video) return {};
  const { seconds, sizes, input_references: most } = video;
  return {
    seconds: { examples: seconds, default: seconds[0] },
    duration: { examples: seconds },
    size: { examples: sizes, default: sizes[0] },
    input_reference: most > 0 ? { maxItems: most } : { type: 'null' },
  };
}
