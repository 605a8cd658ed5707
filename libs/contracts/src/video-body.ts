import { z } from 'zod';
import { promptField, sizeSchema } from './image-body.js';

const referenceSchema = z.looseObject({ image_url: z.string().min(1) });

/** Above 0, at most 600. Said here and not by a number after the transformation, so that JSON Schema can say it too. */
const SECONDS = /^(?=.*[1-9])0*(?:[1-5]?\d?\d(?:\.\d+)?|600(?:\.0+)?)$/;

const secondsSchema = z
  .union([z.number().positive().max(600), z.string().regex(SECONDS, 'expected a number of seconds, at most 600')])
  .transform(Number);

const ONE_VIDEO = 'only one video per request is made: n must be 1';

/**
 * `POST /videos`, after a multipart form has been folded into the same object (numbers may still be strings). `seconds`
 * comes out as a number. Unknown fields go upstream unchanged.
 */
export const videoBodySchema = z.looseObject({
  model: z.string().min(1).max(256),
  prompt: promptField,
  seconds: secondsSchema.nullish(),
  duration: secondsSchema.nullish(),
  size: sizeSchema.nullish(),
  aspect_ratio: z.string().nullish(),
  resolution: z.string().nullish(),
  n: z
    .union([z.literal(1, ONE_VIDEO), z.string().regex(/^0*1$/, ONE_VIDEO)])
    .transform(Number)
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
