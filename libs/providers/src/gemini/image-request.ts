import type { ImageRequest } from '@lumenfall/contracts';
import { z } from 'zod';
import { nearestRatio, nearestTier, readShape } from '@lumenfall/catalog';

/** The catalog's parameter table of a Gemini image model. */
export const geminiImageParametersSchema = z.looseObject({
  aspect_ratio: z.array(z.string()).default(['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9']),
  /** Tiers such as `1K`; empty for models that know no `imageSize`. */
  image_size: z.array(z.string()).default([]),
});

/** The body of `:generateContent`. What was not asked for is not sent: the model's own default holds. */
export function geminiImageRequest(
  request: ImageRequest,
  parameters: Record<string, unknown>,
): Record<string, unknown> {
  const { aspect_ratio: ratios, image_size: tiers } = geminiImageParametersSchema.parse(parameters);
  const { ratio, longSide } = readShape(request);
  const aspectRatio = ratio === null ? null : nearestRatio(ratio, ratios);
  const imageSize = longSide === null ? null : nearestTier(longSide, tiers);
  const imageConfig = { ...(aspectRatio && { aspectRatio }), ...(imageSize && { imageSize }) };
  const { generationConfig, ...extra } = request.extra;
  return {
    ...extra,
    contents: [{ role: 'user', parts: [{ text: request.prompt }] }],
    generationConfig: {
      ...(typeof generationConfig === 'object' ? generationConfig : {}),
      responseModalities: ['IMAGE'],
      ...(Object.keys(imageConfig).length > 0 ? { imageConfig } : {}),
    },
  };
}
