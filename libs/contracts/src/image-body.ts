import { z } from 'zod';

/** `WIDTHxHEIGHT`, `W:H`, or `auto`. */
export const sizeSchema = z
  .string()
  .regex(/^(?:auto|[1-9]\d{0,4}x[1-9]\d{0,4}|[1-9]\d{0,2}:[1-9]\d{0,2})$/, 'use WIDTHxHEIGHT or W:H');

export const OUTPUT_FORMATS = ['png', 'jpeg', 'gif', 'webp', 'avif'] as const;

const modelField = z.string().min(1).max(256);
export const promptField = z.string().min(1).regex(/\S/, 'expected a text that is not only spaces');

/** What a generation and an edit have in common. */
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
  /** OpenAI can send images piece by piece; who waits for pieces must not be left with none. */
  stream: z.literal(false, 'images are not streamed: leave it out').nullish(),
};

/** `POST /images/generations`. Unknown fields go upstream unchanged. */
export const imageBodySchema = z.looseObject({ ...imageFields, prompt: promptField });
export type ImageBody = z.infer<typeof imageBodySchema>;

/** `POST /images/edits` without its pictures, which are read apart. Unknown fields go upstream unchanged. */
export const imageEditBodySchema = z.looseObject({
  ...imageFields,
  /** Not needed by an upscale. */
  prompt: promptField.nullish(),
  /** Asks for an upscale, by this factor on each axis. */
  scale_factor: z.number().positive().max(64).nullish(),
});
export type ImageEditBody = z.infer<typeof imageEditBodySchema>;

/** The fields that hold pictures, in the JSON of an edit and in its form. In a generation they are ignored. */
export const PICTURE_FIELDS = ['image', 'images', 'image_url', 'image_base64', 'mask'] as const;
export type ImageField = (typeof PICTURE_FIELDS)[number];
