import type { PixelsRule } from './parameter-table.js';
import type { Shape } from './shape.js';

type Bounds = Omit<PixelsRule, 'as' | 'pixels' | 'sign'>;

/**
 * The size in pixels of a requested shape within a model's bounds; null if the request leaves it open. A resolution is
 * the longer side; a ratio alone keeps the area of the model's own images.
 */
export function pixelSize({ ratio, longSide }: Shape, bounds: Bounds): { width: number; height: number } | null {
  if (ratio === null && longSide === null) return null;
  const { min, max, min_area = 0, max_area = Infinity, scale } = bounds;
  const shape = nearestShape(ratio ?? 1, bounds);
  const wanted =
    longSide === null
      ? { width: scale * Math.sqrt(shape), height: scale / Math.sqrt(shape) }
      : { width: shape >= 1 ? longSide : longSide * shape, height: shape >= 1 ? longSide / shape : longSide };
  // Both sides are scaled by one factor, so that the ratio is kept: up to the least side and area, down to the
  // greatest.
  const area = wanted.width * wanted.height;
  const least = Math.max(1, min / Math.min(wanted.width, wanted.height), Math.sqrt(min_area / area));
  const most = Math.min(max / Math.max(wanted.width, wanted.height), Math.sqrt(max_area / area));
  const factor = Math.min(least, most);
  const rounded = (round: (blocks: number) => number) => ({
    width: inBlocks(wanted.width * factor, round, bounds),
    height: inBlocks(wanted.height * factor, round, bounds),
  });
  const nearest = rounded(Math.round);
  const made = nearest.width * nearest.height;
  if (made > max_area) return rounded(Math.floor);
  return made < min_area ? rounded(Math.ceil) : nearest;
}

/** The ratio within the model's own bound, that of its sides, and that of its least area at the greatest side. */
function nearestShape(ratio: number, { min, max, min_area = 0, max_ratio = Infinity }: Bounds): number {
  const longest = Math.min(max_ratio, max / min, min_area === 0 ? Infinity : max ** 2 / min_area);
  return Math.min(longest, Math.max(1 / longest, ratio));
}

function inBlocks(pixels: number, round: (blocks: number) => number, { block, min, max }: Bounds): number {
  const most = Math.floor(max / block) * block;
  return Math.min(most, Math.max(Math.ceil(min / block) * block, round(pixels / block) * block));
}
