import type { ImageRequest } from '@lumenfall/contracts';
import type { ModelEntry, OfferingEntry } from './model-entry.js';
import { chosenSize } from './upstream-parameters.js';
import { namesIn, readParameterTable } from './parameter-table.js';
import { pixelSize } from './pixel-size.js';
import { sentScale } from './upstream-parameters.js';
import {
  nearestRatio,
  nearestSize,
  nearestTier,
  readPixels,
  readRatio,
  readShape,
  readTier,
  type Shape,
} from './shape.js';

export interface Pixels {
  width: number;
  height: number;
}

/** Side of the default square if neither the model nor the request names a size. */
const USUAL_SIDE = 1024;

/** Assumed factor of an upscale model without a default. */
const USUAL_FACTOR = 2;

/** The expected size of the result at one offering. */
export function plannedPixels(
  entry: Pick<ModelEntry, 'image'>,
  { parameters }: Pick<OfferingEntry, 'parameters'>,
  request: ImageRequest,
): Pixels {
  const [first] = request.inputs;
  const { size, aspect_ratio, scale_factor } = readParameterTable(parameters);
  if (request.mode === 'upscale' && first !== undefined) {
    const wanted = request.scaleFactor ?? USUAL_FACTOR;
    const factor = sentScale(scale_factor, wanted)?.factor ?? wanted;
    return { width: Math.round(first.width * factor), height: Math.round(first.height * factor) };
  }
  const chosen = typeof size === 'object' ? chosenSize(size, request) : null;
  const exact = chosen === null ? null : readPixels(chosen);
  if (exact !== null) return exact;

  const asked = readShape(request);
  const isOpen = asked.ratio === null && asked.longSide === null;
  // An edit without a size is expected to keep the size of its input image, if the model supports it.
  const shape: Shape =
    isOpen && first !== undefined
      ? { ratio: first.width / first.height, longSide: Math.max(first.width, first.height) }
      : asked;
  if (typeof size === 'object' && !('nearest' in size)) {
    return pixelSize(shape, size) ?? { width: size.scale, height: size.scale };
  }
  const { sizes = [], tiers = [] } = entry.image ?? {};
  const listed = nearestSize(shape, typeof size === 'object' ? namesIn(size.nearest) : sizes) ?? '';
  const sized = readPixels(listed);
  if (sized !== null) return sized;
  // Models with only ratios and tiers keep the area of the tier's square.
  const named =
    typeof aspect_ratio === 'object' && shape.ratio !== null
      ? nearestRatio(shape.ratio, namesIn(aspect_ratio.nearest))
      : null;
  const ratio = readRatio(listed) ?? (named === null ? null : readRatio(named)) ?? shape.ratio ?? 1;
  const tier = asked.longSide === null ? tiers[0] : nearestTier(asked.longSide, tiers);
  const side = (tier && readTier(tier)) || USUAL_SIDE;
  return { width: Math.round(side * Math.sqrt(ratio)), height: Math.round(side / Math.sqrt(ratio)) };
}

export const megapixelsOf = ({ width, height }: Pixels): number => (width * height) / 1_000_000;
