import { mostInputsOf } from './image-request.js';
import type { ModelEntry } from './model-entry.js';
import type { ModelParameter } from './model-parameter.js';

export type JsonSchema = Record<string, unknown>;

interface CoreParameter {
  description: string;
  /** Null for parameters that only the gateway reads. */
  handling: ModelParameter['handling'] | null;
}

type CoreParameters = Readonly<Record<string, CoreParameter>>;

const passed = (description: string): CoreParameter => ({ description, handling: 'passed' });
const renamed = (description: string): CoreParameter => ({ description, handling: 'renamed' });
const converted = (description: string): CoreParameter => ({ description, handling: 'converted' });
const emulated = (description: string): CoreParameter => ({ description, handling: 'emulated' });
const ours = (description: string): CoreParameter => ({ description, handling: null });

const EVERYWHERE: CoreParameters = {
  model: ours('Model id, alias, or <provider>/<id>.'),
  user: passed('Your end-user id; stored in the request history.'),
};

const SHAPE: CoreParameters = {
  size: converted('WIDTHxHEIGHT sets shape and scale, W:H only the shape. Converted to the nearest supported value.'),
  aspect_ratio: converted('The shape, such as 16:9; converted to the nearest supported value.'),
  resolution: converted('The scale, such as 2K or 1080p; converted to the nearest supported value.'),
};

const TEXT: CoreParameters = {
  ...EVERYWHERE,
  messages: passed('The messages of the conversation.'),
  stream: passed('Stream the answer as server-sent events.'),
  stream_options: passed('include_usage: send a last chunk with the token usage.'),
  temperature: passed('Sampling temperature: higher is more random.'),
  max_tokens: passed('Maximum number of generated tokens.'),
  max_completion_tokens: passed('Maximum number of generated tokens, reasoning included.'),
  top_p: passed('Nucleus sampling: cumulative probability of the considered tokens.'),
  frequency_penalty: passed('Above 0: penalises repeated tokens.'),
  presence_penalty: passed('Above 0: encourages new topics.'),
  stop: passed('Up to four sequences at which generation stops.'),
  n: passed('Number of choices to generate.'),
  tools: passed('Functions that the model may call.'),
  response_format: passed('Text, JSON, or JSON that matches a schema.'),
};

const IMAGE: CoreParameters = {
  ...EVERYWHERE,
  prompt: renamed('Description of the image, or of the edit.'),
  n: emulated('Number of images; several upstream calls if the provider returns fewer per call.'),
  ...SHAPE,
  quality: passed('Quality of the result.'),
  style: passed('Style of the image, if the model supports styles.'),
  response_format: emulated('A URL, or the image as base64.'),
  output_format: emulated('File format; converted by the gateway if the provider returns another.'),
  output_compression: emulated('Compression quality of JPEG, WebP and AVIF files.'),
  stream: ours('Image streaming is not supported: false or absent.'),
  scale_factor: converted('Factor of an upscale on each side.'),
  image: renamed('The input image: an upload, a URL or a data URI; a list if the model supports several.'),
  mask: passed('A PNG of the same size as the image; fully transparent pixels mark the area to edit.'),
};

const VIDEO: CoreParameters = {
  ...EVERYWHERE,
  prompt: renamed('Description of the video.'),
  seconds: converted('Duration in seconds; converted to the nearest supported value.'),
  duration: converted('Alias of seconds.'),
  ...SHAPE,
  n: emulated('Always 1.'),
  input_reference: renamed('The input image: {"image_url": a URL or a data URI}, or a list of these.'),
  negative_prompt: renamed('Description of what to avoid.'),
  media_retention: ours('How long the file is kept: none (one hour), 7d or 30d.'),
  webhook_url: ours('Receives a notification when the video ends.'),
  idempotency_key: ours('A repeated request with the same key returns the existing video.'),
  metadata: ours('Your metadata; returned as client_metadata.'),
};

/** Descriptions of the parameters of each modality; their types are in the schemas of the bodies. */
export const CORE_PARAMETERS: Readonly<Record<ModelEntry['modality'], CoreParameters>> = {
  text: TEXT,
  image: IMAGE,
  video: VIDEO,
};

/** The model's restrictions, by core parameter. Lists from which the nearest is chosen are only `examples`. */
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
    // Added to the body's schema of the messages.
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
