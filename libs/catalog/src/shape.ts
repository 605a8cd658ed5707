/** Sizes, ratios and tiers. Ratios match by the smallest |ln(a/b)|, tiers by the smallest |log2(a/b)|. */

/** The long side of each tier, in pixels. */
const TIERS = { '0.5K': 512, '1K': 1024, '2K': 2048, '4K': 4096 } as const;
export type Tier = keyof typeof TIERS;

/** Width by height of `1024x768`, or the two sides of `4:3`; null for anything else (`auto`). */
export function parseSides(text: string | null | undefined): { width: number; height: number; exact: boolean } | null {
  const match = /^(\d+(?:\.\d+)?)([x:])(\d+(?:\.\d+)?)$/.exec(text ?? '');
  if (!match) return null;
  const [width, height] = [Number(match[1]), Number(match[3])];
  return width > 0 && height > 0 ? { width, height, exact: match[2] === 'x' } : null;
}

export interface AskedShape {
  /** Width divided by height; null where nothing was said. */
  ratio: number | null;
  /** Pixels; null where nothing was said. */
  longSide: number | null;
}

/**
 * What the three fields ask for together: `size` as WxH fixes shape and scale and the others are ignored; as W:H it is
 * the aspect ratio. Precedence: size > aspect_ratio + resolution > aspect_ratio > resolution.
 */
export function askedShape(fields: { size?: string | null; aspectRatio?: string | null; resolution?: string | null }): AskedShape {
  const size = parseSides(fields.size);
  if (size?.exact) return { ratio: size.width / size.height, longSide: Math.max(size.width, size.height) };
  const shape = size ?? parseSides(fields.aspectRatio);
  return { ratio: shape ? shape.width / shape.height : null, longSide: longSideOf(fields.resolution) };
}

function longSideOf(resolution: string | null | undefined): number | null {
  const tier = Object.entries(TIERS).find(([name]) => name.toLowerCase() === resolution?.toLowerCase());
  return tier ? tier[1] : null;
}

/** The nearest of `sizes` (`WxH` or `W:H`) in shape; the first where nothing was asked for, or among equals. */
export function nearestSize(sizes: readonly [string, ...string[]] | readonly string[], ratio: number | null): string {
  return nearest(sizes, (size) => {
    const sides = parseSides(size);
    return ratio === null || !sides ? 0 : Math.abs(Math.log(sides.width / sides.height / ratio));
  });
}

export function nearestTier(tiers: readonly Tier[], longSide: number | null): Tier {
  return nearest(tiers, (tier) => (longSide === null ? 0 : Math.abs(Math.log2(TIERS[tier] / longSide))));
}

export function nearestNumber(numbers: readonly number[], asked: number | null): number {
  return nearest(numbers, (number) => (asked === null ? 0 : Math.abs(number - asked)));
}

function nearest<T>(candidates: readonly T[], distanceOf: (candidate: T) => number): T {
  const [first, ...others] = candidates;
  if (first === undefined) throw new RangeError('nothing to choose from');
  return others.reduce((best, candidate) => (distanceOf(candidate) < distanceOf(best) ? candidate : best), first);
}
