import type { ImageRequest } from '@lumenfall/contracts';
import { namesIn, type SizeRule } from './parameter-table.js';
import { pixelSize } from './pixel-size.js';
import { nearestSize, readShape } from './shape.js';

/**
 * The size that a model is asked for, by our name for it (`1024x768`); null where that is left to the model. A new picture always
 * has one, as far as the rule says which: the size of an edit that asks for none is its picture's.
 */
export function chosenSize(
  rule: Exclude<SizeRule, 'emulated'>,
  request: Pick<ImageRequest, 'mode' | 'size' | 'aspectRatio' | 'resolution'>,
): string | null {
  const shape = readShape(request);
  const isOpen = shape.ratio === null && shape.longSide === null;
  const isNew = request.mode === 'text-to-image';
  if ('nearest' in rule) {
    return isOpen ? (isNew && rule.default) || null : nearestSize(shape, namesIn(rule.nearest));
  }
  const pixels = pixelSize(isOpen && isNew ? { ratio: 1, longSide: null } : shape, rule);
  return pixels === null ? null : `${pixels.width}x${pixels.height}`;
}
