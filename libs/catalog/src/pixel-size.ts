import type { PixelsRule } from './parameter-table.js';
import type { Shape } from './shape.js';

/**
 * The size in pixels that a shape comes to under a model's bounds; null where nothing was asked. A scale is the longer side, a
 * shape alone keeps the area of the model's own pictures.
 */
export function pixelSize(
  { ratio, longSide }: Shape,
  { block, min, max, max_area, scale }: Omit<PixelsRule, 'pixels'>,
): { width: number; height: number } | null {
  if (ratio === null && longSide === null) return null;
  const shape = ratio ?? 1;
  const wanted =
    longSide === null
      ? { width: scale * Math.sqrt(shape), height: scale / Math.sqrt(shape) }
      : { width: shape >= 1 ? longSide : longSide * shape, height: shape >= 1 ? longSide / shape : longSide };
  // Down first, keeping the shape: a picture that is too large is made smaller, not squarer.
  const tooWide = Math.min(1, max / wanted.width, max / wanted.height);
  const tooLarge = Math.min(1, Math.sqrt((max_area ?? Infinity) / (wanted.width * wanted.height)));
  const factor = Math.min(tooWide, tooLarge);
  const round = tooLarge < 1 && factor === tooLarge ? Math.floor : Math.round;
  const side = (pixels: number): number => {
    const blocks = round((pixels * factor) / block) * block;
    return Math.min(Math.floor(max / block) * block, Math.max(Math.ceil(min / block) * block, blocks));
  };
  return { width: side(wanted.width), height: side(wanted.height) };
}
