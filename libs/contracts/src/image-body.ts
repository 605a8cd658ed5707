import { z } from 'zod';

/** `WIDTHxHEIGHT`, `W:H`, or `auto`. */
export const sizeSchema = z
  .string()
  .regex(/^(?:auto|[1-9]\d{0,4}x[1-9]\d{0,4}|[1-9]\d{0,2}:[1-9]\d{0,2})$/, 'use WIDTHxHEIGHT or W:H');

/** `POST /images/generations`. Unknown fields go upstream unchanged. */
export const imageBodySchema = z.looseObject({
  model: z.string().min(1).max(256),
  prompt: z.string().min(1),
  n: z.number().int().min(1).max(10).nullish(),
  size: sizeSchema.nullish(),
  aspect_ratio: z.string().nullish(),
  resolution: z.string().nullish(),
  quality: z.string().nullish(),
  style: z.string().nullish(),
  response_format: z.enum(['url', 'b64_json']).nullish(),
  output_format: z.enum(['png', 'jpeg', 'gif', 'webp', 'avif']).nullish(),
  output_compression: z.number().int().min(1).max(100).nullish(),
  user: z.string().nullish(),
});
export type ImageBody = z.infer<typeof imageBodySchema>;
