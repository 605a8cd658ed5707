import type { ImageRequest } from '@lumenfall/contracts';
import { z } from 'zod';
import { nearestRatio, readShape } from '@lumenfall/catalog';

/** The catalog's parameter table of a fal image model. */
export const falImageParametersSchema = z.looseObject({
  /** `pixels`: `image_size: {width, height}`; `ratio`: `aspect_ratio`; `none`: the model chooses. */
  sizing: z.enum(['pixels', 'ratio', 'none']).default('pixels'),
  aspect_ratio: z.array(z.string()).default(['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '21:9']),
  /** The longer side where only a shape was asked for, and the most that the model makes. */
  default_long_side: z.number().int().positive().default(1024),
  max_long_side: z.number().int().positive().default(2048),
  output_format: z.array(z.string()).default(['png', 'jpeg']),
});
type Table = z.infer<typeof falImageParametersSchema>;

/** The body of a submit. */
export function falImageRequest(request: ImageRequest, parameters: Record<string, unknown>): Record<string, unknown> {
  const table = falImageParametersSchema.parse(parameters);
  const { outputFormat } = request;
  return {
    ...request.extra,
    prompt: request.prompt,
    num_images: 1,
    ...sizing(request, table),
    ...(outputFormat !== null && table.output_format.includes(outputFormat) && { output_format: outputFormat }),
  };
}

function sizing(request: ImageRequest, table: Table): Record<string, unknown> {
  const { ratio, longSide } = readShape(request);
  if (table.sizing === 'none' || (ratio === null && longSide === null)) return {};
  if (table.sizing === 'ratio') {
    const name = ratio === null ? null : nearestRatio(ratio, table.aspect_ratio);
    return name === null ? {} : { aspect_ratio: name };
  }
  const side = Math.min(longSide ?? table.default_long_side, table.max_long_side);
  const shape = ratio ?? 1;
  return {
    image_size: {
      width: shape >= 1 ? side : blocks(side * shape),
      height: shape >= 1 ? blocks(side / shape) : side,
    },
  };
}

// Diffusion models work in blocks of 16 pixels.
const blocks = (pixels: number): number => Math.max(16, Math.round(pixels / 16) * 16);
