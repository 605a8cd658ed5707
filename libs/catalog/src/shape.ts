/** The requested shape and scale; null if not requested. */
export interface Shape {
  /** Width divided by height. */
  ratio: number | null;
  /** The longer side in pixels. */
  longSide: number | null;
}

interface Asked {
  size?: string | null;
  aspectRatio?: string | null;
  resolution?: string | null;
}

/** `1920x1080`; null for anything else. */
export function readPixels(text: string): { width: number; height: number } | null {
  const match = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text);
  return match === null ? null : { width: Number(match[1]), height: Number(match[2]) };
}

/** `16:9` and `1920x1080` as width divided by height; null for anything else. */
export function readRatio(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)[:x](\d+(?:\.\d+)?)$/.exec(text);
  const ratio = match === null ? 0 : Number(match[1]) / Number(match[2]);
  return ratio > 0 && Number.isFinite(ratio) ? ratio : null;
}

/** The longer side of an image tier: `1K` is 1024, `0.5K` is 512; null for anything else. */
export function readImageTier(text: string): number | null {
  const kilo = /^(\d+(?:\.\d+)?)k$/i.exec(text);
  return kilo === null ? null : positive(Number(kilo[1]) * 1024);
}

/** Like `readImageTier`, and also video lines and sizes: `1080p` is 1920, `1536x1024` is 1536. */
export function readTier(text: string): number | null {
  const tier = readImageTier(text);
  if (tier !== null) return tier;
  // Video lines are the short side of a 16:9 frame.
  const lines = /^(\d{3,4})p$/i.exec(text);
  if (lines !== null) return positive(Math.round((Number(lines[1]) * 16) / 9));
  const pixels = readPixels(text);
  return pixels === null ? null : Math.max(pixels.width, pixels.height);
}

/**
 * A size in pixels sets shape and scale; a size that is a ratio equals an aspect ratio; otherwise the aspect ratio
 * sets the shape and the resolution the scale. Unreadable values (`auto`) count as absent.
 */
export function readShape({ size, aspectRatio, resolution }: Asked): Shape {
  const pixels = size ? readPixels(size) : null;
  if (pixels !== null) {
    return { ratio: pixels.width / pixels.height, longSide: Math.max(pixels.width, pixels.height) };
  }
  const ratio = (size ? readRatio(size) : null) ?? (aspectRatio ? readRatio(aspectRatio) : null);
  return { ratio, longSide: resolution ? readImageTier(resolution) : null };
}

/** The name whose ratio is nearest by |ln(a/b)|; of two equally near ones the first. Null for an empty list. */
export function nearestRatio(ratio: number, names: readonly string[]): string | null {
  return nearest(names, (name) => {
    const other = readRatio(name);
    return other === null ? Infinity : Math.abs(Math.log(ratio / other));
  });
}

/** The tier (`1K`, `1080p`) nearest by |log2(a/b)|; of two equally near ones the first. Null for an empty list. */
export function nearestTier(longSide: number, names: readonly string[]): string | null {
  return nearest(names, (name) => {
    const other = readTier(name);
    return other === null ? Infinity : Math.abs(Math.log2(longSide / other));
  });
}

/** The `WxH` nearest in shape, and among equal shapes the nearest in scale. Null for an empty list. */
export function nearestSize(shape: Shape, names: readonly string[]): string | null {
  const { ratio, longSide } = shape;
  const byRatio = ratio === null ? names[0] : nearestRatio(ratio, names);
  if (byRatio === null || byRatio === undefined) return null;
  const same = names.filter((name) => sameRatio(name, byRatio));
  // Names that are ratios have no scale.
  return (longSide === null ? null : nearestTier(longSide, same)) ?? byRatio;
}

/**
 * The number nearest to `wanted`; of two equally near ones the larger, so that the result is not less than requested.
 */
export function nearestNumber(wanted: number, numbers: readonly number[]): number | null {
  const descending = [...numbers].sort((a, b) => b - a);
  return nearest(descending, (number) => Math.abs(number - wanted));
}

// Sizes are rounded to blocks of pixels: 1792x1024 and 1280x720 both stand for 16:9.
const SAME_SHAPE = 0.03;

function sameRatio(a: string, b: string): boolean {
  const [x, y] = [readRatio(a), readRatio(b)];
  return x !== null && y !== null && Math.abs(Math.log(x / y)) <= SAME_SHAPE;
}

function nearest<T>(candidates: readonly T[], distance: (candidate: T) => number): T | null {
  let best: T | null = null;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const d = distance(candidate);
    // Tolerance: 4:3 and 1.3333 are equally far from 1:1.
    if (d < bestDistance - 1e-9) [best, bestDistance] = [candidate, d];
  }
  return best;
}

const positive = (value: number): number | null => (value > 0 && Number.isFinite(value) ? value : null);
