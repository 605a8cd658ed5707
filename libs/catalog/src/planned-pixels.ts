import type { ImageRequest } from '@lumenfall/contracts';
import type { ModelEntry, OfferingEntry } from './model-entry.js';
import { readParameterTable, type NearestNames } from './parameter-table.js';
import { pixelSize } from './pixel-size.js';
import { nearestSize, nearestTier, readPixels, readRatio, readShape, readTier } from './shape.js';

export interface Pixels {
  width: number;
  height: number;
}

/** Side of the square that models make where neither they nor the request say otherwise. */
const USUAL_SIDE = 1024;

/** What a model without a factor of its own is taken to do. */
const USUAL_FACTOR = 2;

/** The size that a picture is expected to have, as this offering makes it. */
export function plannedPixels(entry: ModelEntry, offering: OfferingEntry, request: ImageRequest): Pixels {
  const [first] = request.inputs;
  if (request.mode === 'upscale' && first !== undefined) {
    const factor = request.scaleFactor ?? USUAL_FACTOR;
    return { width: Math.round(first.width * factor), height: Math.round(first.height * factor) };
  }
  const shape = readShape(request);
  const { size } = readParameterTable(offering.parameters);
  if (typeof size === 'object' && 'pixels' in size) {
    return pixelSize(shape, size) ?? { width: size.scale, height: size.scale };
  }
  const { sizes, tiers } = entry.image ?? {};
  const names = typeof size === 'object' && 'nearest' in size ? namesOf(size.nearest) : (sizes ?? []);
  const listed = nearestSize(shape, names) ?? '';
  const exact = readPixels(listed);
  if (exact !== null) return exact;
  // Models that know only shapes and tiers keep the area of the tier's square.
  const ratio = readRatio(listed) ?? shape.ratio ?? 1;
  const tier = shape.longSide === null ? tiers?.[0] : nearestTier(shape.longSide, tiers ?? []);
  const side = (tier && readTier(tier)) || USUAL_SIDE;
  return { width: Math.round(side * Math.sqrt(ratio)), height: Math.round(side / Math.sqrt(ratio)) };
}

const namesOf = (nearest: NearestNames): readonly string[] => (Array.isArray(nearest) ? nearest : Object.keys(nearest));

export const megapixelsOf = ({ width, height }: Pixels): number => (width * height) / 1_000_000;
