import { z } from 'zod';

/** `WIDTHxHEIGHT`, `W:H`, or `auto`. */
export const sizeSchema = z
  .string()
  .regex(/^(?:auto|[1-9]\d{0,4}x[1-9]\d{0,4}|[1-9]\d{0,2}:[1-9]\d{0,2})$/, 'use WIDTHxHEIGHT or W:H');

export const OUTPUT_FORMATS = ['png', 'jpeg', 'gif', 'webp', 'avif'] as const;

const modelField = z.string().min(1).max(256);
export const promptField = z.string().min(1).regex(/\S/, 'expected text that is not only white space');

/** Fields of both generations and edits. */
const imageFields = {
  model: modelField,
  n: z.number().int().min(1).max(10).nullish(),
  size: sizeSchema.nullish(),
  aspect_ratio: z.string().nullish(),
  resolution: z.string().nullish(),
  quality: z.string().nullish(),
  style: z.string().nullish(),
  response_format: z.enum(['url', 'b64_json']).nullish(),
  output_format: z.enum(OUTPUT_FORMATS).nullish(),
  output_compression: z.number().int().min(1).max(100).nullish(),
  user: z.string().nullish(),
  idempotency_key: z.string().min(1).max(256).nullish(),
  /** OpenAI can stream partial images. A client that asks for them gets an error instead of an empty stream. */
  stream: z.literal(false, 'image streaming is not supported; omit `stream`').nullish(),
};

/** `POST /images/generations`. Unknown fields are forwarded unchanged. */
export const imageBodySchema = z.looseObject({ ...imageFields, prompt: promptField });
export type ImageBody = z.infer<typeof imageBodySchema>;

/** `POST /images/edits` without its image fields, which are read separately. Unknown fields are forwarded unchanged. */
export const imageEditBodySchema = z.looseObject({
  ...imageFields,
  /** Not needed by an upscale. */
  prompt: promptField.nullish(),
  /** Asks for an upscale, by this factor on each axis. */
  scale_factor: z.number().positive().max(64).nullish(),
});
export type ImageEditBody = z.infer<typeof imageEditBodySchema>;

/** Fields that hold images, in the JSON body and in the form of an edit. A generation ignores them. */
export const IMAGE_FIELDS = ['image', 'images', 'image_url', 'image_base64', 'mask'] as const;
export type ImageField = (typeof IMAGE_FIELDS)[number];

export const imageModeSchema = z.enum(['text-to-image', 'image-edit', 'upscale']);
export type ImageMode = z.infer<typeof imageModeSchema>;

/** An input image of a request, by its name in the media store. */
export const inputImageSchema = z.object({
  name: z.string(),
  contentType: z.string(),
  /** Measured, in pixels. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  sizeBytes: z.number().int().positive(),
});
export type InputImage = z.infer<typeof inputImageSchema>;

/**
 * The normalised image request. `size`, `aspectRatio` and `resolution` are as the client wrote them; the adapter
 * converts them to the nearest values that the model supports. `extra` holds unknown fields, which are forwarded
 * unchanged.
 */
export const imageRequestSchema = z.object({
  mode: imageModeSchema.default('text-to-image'),
  /** Empty only for an upscale. */
  prompt: z.string(),
  /** Input images in request order; empty for `text-to-image`. */
  inputs: z.array(inputImageSchema).default([]),
  /** Same size as the first input image; fully transparent pixels mark the area to edit. */
  mask: inputImageSchema.nullable().default(null),
  /** Upscales only: factor on each axis; null for the model's default. */
  scaleFactor: z.number().positive().nullable().default(null),
  n: z.number().int().min(1).max(10),
  size: z.string().nullable(),
  aspectRatio: z.string().nullable(),
  resolution: z.string().nullable(),
  quality: z.string().nullable(),
  style: z.string().nullable(),
  outputFormat: z.enum(['png', 'jpeg', 'gif', 'webp', 'avif']).nullable(),
  outputCompression: z.number().int().nullable(),
  user: z.string().nullable(),
  extra: z.record(z.string(), z.unknown()),
});
export type ImageRequest = z.infer<typeof imageRequestSchema>;
