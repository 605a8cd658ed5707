import { z } from 'zod';
import { sizeSchema } from './image-body.js';

const referenceSchema = z.looseObject({ image_url: z.string().min(1) });

const secondsSchema = z
  .union([z.number(), z.string().regex(/^\d+(\.\d+)?$/, 'expected a number of seconds')])
  .transform(Number)
  .pipe(z.number().positive().max(600));

/**
 * `POST /videos`, after a multipart form has been folded into the same object (numbers may still be strings). `seconds`
 * comes out as a number. Unknown fields go upstream unchanged.
 */
export const videoBodySchema = z.looseObject({
  model: z.string().min(1).max(256),
  prompt: z.string().min(1),
  seconds: secondsSchema.nullish(),
  duration: secondsSchema.nullish(),
  size: sizeSchema.nullish(),
  aspect_ratio: z.string().nullish(),
  resolution: z.string().nullish(),
  n: z
    .union([z.number(), z.string().regex(/^\d+$/, 'expected an integer')])
    .transform(Number)
    .pipe(z.literal(1, 'only one video per request is made: n must be 1'))
    .nullish(),
  input_reference: z.union([referenceSchema, z.array(referenceSchema).min(1)]).nullish(),
  negative_prompt: z.string().nullish(),
  media_retention: z.enum(['none', '7d', '30d']).nullish(),
  webhook_url: z.string().nullish(),
  idempotency_key: z.string().min(1).max(256).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  user: z.string().nullish(),
});
export type VideoBody = z.infer<typeof videoBodySchema>;
