import type { PixelsRule } from './parameter-table.js';
import type { Shape } from './shape.js';

/**
 * The size in pixels that a shape comes to under a model's bounds; null where nothing was asked. A scale is the longer side, a
 * shape alone keeps the area of the model's own pictures.
 */
export function pixelSize(
  { ratio, longSide }: Shape,
  { block, min, max, min_area, max_area, scale }: Omit<PixelsRule, 'pixels'>,
): { width: number; height: number } | null {
  if (ratio === null && longSide === null) return null;
  const shape = ratio ?? 1;
  const wanted =
    longSide === null
      ? { width: scale * Math.sqrt(shape), height: scale / Math.sqrt(shape) }
      : { width: shape >= 1 ? longSide : longSide * shape, height: shape >= 1 ? longSide / shape : longSide };
  // The shape is kept: a picture that is too large is made smaller, one that is too small larger, none squarer.
  const area = wanted.width * wanted.height;
  const larger = Math.max(1, Math.sqrt((min_area ?? 0) / area));
  const smaller = Math.min(max / wanted.width, max / wanted.height, Math.sqrt((max_area ?? Infinity) / area));
  const factor = Math.min(larger, smaller);
  const round = factor === larger ? (larger > 1 ? Math.ceil : Math.round) : Math.floor;
  const side = (pixels: number): number => {
    const blocks = round((pixels * factor) / block) * block;
    return Math.min(Math.floor(max / block) * block, Math.max(Math.ceil(min / block) * block, blocks));
  };
  return { width: side(wanted.width), height: side(wanted.height) };
}
