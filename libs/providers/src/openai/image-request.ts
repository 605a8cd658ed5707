import type { ImageRequest } from '@lumenfall/contracts';
import { z } from 'zod';
import { nearestSize, readShape } from '@lumenfall/catalog';

/** The catalog's parameter table of a `gpt-image` model. */
export const openAiImageParametersSchema = z.looseObject({
  /** What the model makes; the first is used where nothing was asked. */
  size: z.array(z.string()).min(1).default(['1024x1024', '1536x1024', '1024x1536']),
});

const NATIVE_FORMATS = new Set(['png', 'jpeg', 'webp']);

/** The names that DALL-E used, and that clients still send. */
const QUALITY: Record<string, string> = { hd: 'high', standard: 'medium' };

/** The body of `POST /images/generations`. GIF and AVIF are made from the model's own format later. */
export function openAiImageRequest(
  request: ImageRequest,
  model: string,
  parameters: Record<string, unknown>,
): Record<string, unknown> {
  const { size: sizes } = openAiImageParametersSchema.parse(parameters);
  const { quality, outputFormat, outputCompression, user, style } = request;
  const native = outputFormat !== null && NATIVE_FORMATS.has(outputFormat);
  return {
    ...request.extra,
    model,
    prompt: request.prompt,
    n: request.n,
    size: nearestSize(readShape(request), sizes) ?? sizes[0],
    ...(quality === null ? {} : { quality: QUALITY[quality] ?? quality }),
    ...(native ? { output_format: outputFormat } : {}),
    // The API refuses a compression for PNG, which has none.
    ...(native && outputFormat !== 'png' && outputCompression !== null
      ? { output_compression: outputCompression }
      : {}),
    ...(style === null ? {} : { style }),
    ...(user === null ? {} : { user }),
  };
}
