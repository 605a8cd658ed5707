import { z } from 'zod';
import { inputImageSchema, promptField, sizeSchema } from './image-body.js';
import { mediaRetentionSchema } from './stored-file.js';

const referenceSchema = z.looseObject({ image_url: z.string().min(1) });

/** Above 0, at most 600. A pattern instead of a check after the transformation, so that JSON Schema can express it. */
const SECONDS = /^(?=.*[1-9])0*(?:[1-5]?\d?\d(?:\.\d+)?|600(?:\.0+)?)$/;

const secondsSchema = z
  .union([z.number().positive().max(600), z.string().regex(SECONDS, 'expected a number of seconds, at most 600')])
  .transform(Number);

const ONE_VIDEO = 'n must be 1: one video per request';

/**
 * `POST /videos`; a multipart form is folded into the same object first (numbers may still be strings). `seconds` is
 * parsed to a number. Unknown fields are forwarded unchanged.
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
  media_retention: mediaRetentionSchema.nullish(),
  webhook_url: z.string().nullish(),
  idempotency_key: z.string().min(1).max(256).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  user: z.string().nullish(),
});
export type VideoBody = z.infer<typeof videoBodySchema>;

/** The normalised video request, as provider adapters receive it. */
export const videoRequestSchema = z.object({
  prompt: z.string(),
  /** Whole or fractional seconds of video. */
  seconds: z.number().positive(),
  /** `WIDTHxHEIGHT` or a ratio. */
  size: z.string(),
  resolution: z.string().nullable(),
  /** https URLs or data URIs. */
  inputReferences: z.array(z.string()),
  negativePrompt: z.string().nullable(),
  extra: z.record(z.string(), z.unknown()),
});
export type VideoRequest = z.infer<typeof videoRequestSchema>;

/**
 * A reference image: an address that the provider fetches, or an image in the media store. Videos that were in progress
 * when their images moved to the media store have data URIs.
 */
export const videoReferenceSchema = z.union([z.string(), inputImageSchema]);
export type VideoReference = z.infer<typeof videoReferenceSchema>;

/** The request as the video's row keeps it. */
export const storedVideoRequestSchema = videoRequestSchema.extend({
  inputReferences: z.array(videoReferenceSchema).default([]),
});
export type StoredVideoRequest = z.infer<typeof storedVideoRequestSchema>;
