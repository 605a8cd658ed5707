import type { VideoRequest } from '@lumenfall/contracts';
import { z } from 'zod';
import { plainDataUri } from '../http/index.js';
import { nearestNumber, nearestRatio, nearestTier, readShape, readTier } from '@lumenfall/catalog';

/** The catalog's parameter table of a fal video model: the inputs of models differ in names and forms. */
export const falVideoParametersSchema = z.looseObject({
  /** The lengths that the model supports, in seconds. */
  duration: z.array(z.number().positive()).default([]),
  /** The form of `duration`: `"5"`, `5`, or `"5s"`. */
  duration_form: z.enum(['text', 'number', 'suffixed']).default('text'),
  /** Empty for models without `aspect_ratio`. */
  aspect_ratio: z.array(z.string()).default(['16:9', '9:16', '1:1']),
  /** Tiers such as `720p`; empty for models without `resolution`. */
  resolution: z.array(z.string()).default([]),
  /** The field for the first reference image; null for models without reference images. */
  reference_field: z.string().nullable().default('image_url'),
});

/** The body of a submit. */
export function falVideoRequest(request: VideoRequest, parameters: Record<string, unknown>): Record<string, unknown> {
  const table = falVideoParametersSchema.parse(parameters);
  const { ratio, longSide } = readShape(request);
  // `1080p` is a tier of videos, not of images.
  const tier = longSide ?? (request.resolution === null ? null : readTier(request.resolution));
  const seconds = nearestNumber(request.seconds, table.duration) ?? request.seconds;
  const aspectRatio = ratio === null ? null : nearestRatio(ratio, table.aspect_ratio);
  const resolution = tier === null ? null : nearestTier(tier, table.resolution);
  const reference = request.inputReferences[0];
  return {
    ...request.extra,
    prompt: request.prompt,
    duration: { text: String(seconds), number: seconds, suffixed: `${seconds}s` }[table.duration_form],
    ...(aspectRatio && { aspect_ratio: aspectRatio }),
    ...(resolution && { resolution }),
    ...(request.negativePrompt !== null && { negative_prompt: request.negativePrompt }),
    ...(reference !== undefined &&
      table.reference_field !== null && { [table.reference_field]: plainDataUri(reference) }),
  };
}
