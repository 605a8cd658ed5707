import type { PixelsRule } from './parameter-table.js';
import type { Shape } from './shape.js';

type Bounds = Omit<PixelsRule, 'as' | 'pixels' | 'sign'>;

/**
 * The size in pixels that a shape comes to under a model's bounds; null where nothing was asked. A scale is the longer side, a
 * shape alone keeps the area of the model's own pictures.
 */
export function pixelSize({ ratio, longSide }: Shape, bounds: Bounds): { width: number; height: number } | null {
  if (ratio === null && longSide === null) return null;
  const { max, min_area = 0, max_area = Infinity, scale } = bounds;
  const shape = nearestShape(ratio ?? 1, bounds);
  const wanted =
    longSide === null
      ? { width: scale * Math.sqrt(shape), height: scale / Math.sqrt(shape) }
      : { width: shape >= 1 ? longSide : longSide * shape, height: shape >= 1 ? longSide / shape : longSide };
  // The shape is kept: a picture that is too large is made smaller, one that is too small larger, none squarer.
  const area = wanted.width * wanted.height;
  const larger = Math.max(1, Math.sqrt(min_area / area));
  const smaller = Math.min(max / wanted.width, max / wanted.height, Math.sqrt(max_area / area));
  const factor = Math.min(larger, smaller);
  const rounded = (round: (blocks: number) => number) => ({
    width: inBlocks(wanted.width * factor, round, bounds),
    height: inBlocks(wanted.height * factor, round, bounds),
  });
  const nearest = rounded(Math.round);
  const made = nearest.width * nearest.height;
  if (made > max_area) return rounded(Math.floor);
  return made < min_area ? rounded(Math.ceil) : nearest;
}

/** The longest shape there is: by what the model says of it, by its sides, and by the least area between them. */
function nearestShape(ratio: number, { min, max, min_area = 0, max_ratio = Infinity }: Bounds): number {
  const longest = Math.min(max_ratio, max / min, min_area === 0 ? Infinity : max ** 2 / min_area);
  return Math.min(longest, Math.max(1 / longest, ratio));
}

function inBlocks(pixels: number, round: (blocks: number) => number, { block, min, max }: Bounds): number {
  const most = Math.floor(max / block) * block;
  return Math.min(most, Math.max(Math.ceil(min / block) * block, round(pixels / block) * block));
}
