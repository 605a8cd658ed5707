import type { Size } from './media.js';

/** Names that fal's models have for sizes. */
const NAMED: Readonly<Record<string, readonly [number, number]>> = {
  square_hd: [1024, 1024],
  square: [512, 512],
  portrait_4_3: [768, 1024],
  portrait_16_9: [576, 1024],
  landscape_4_3: [1024, 768],
  landscape_16_9: [1024, 576],
};

/** Sides of the square with the area of a tier: ours, and Replicate's megapixels. */
const TIERS: Readonly<Record<string, number>> = {
  '0.5K': 512,
  '1K': 1024,
  '2K': 2048,
  '3K': 3072,
  '4K': 4096,
  '0.25 MP': 512,
  '0.5 MP': 720,
  '1 MP': 1024,
  '2 MP': 1440,
  '4 MP': 2048,
};

const LEAST = 16;
const MOST = 8192;

/**
 * The size that an input asks for in one of the ways that models have: an object, a name, `WxH`, two fields, or a ratio
 * and a tier.
 *
 * @returns null if it asks for none; the field if its value is invalid
 */
export function askedSize(input: Readonly<Record<string, unknown>>): Size | null | { field: string } {
  for (const field of ['image_size', 'size'] as const) {
    const value = input[field];
    if (value === undefined || value === 'auto' || value === 'custom') continue;
    if (field === 'size' && typeof value === 'string' && TIERS[value] !== undefined) continue;
    return sizeOf(value) ?? { field };
  }
  if (input['width'] !== undefined || input['height'] !== undefined) {
    return sizeOf({ width: input['width'], height: input['height'] }) ?? { field: 'width' };
  }
  const tier = input['resolution'] ?? input['size'];
  const side = typeof tier === 'string' && tier !== 'auto' ? TIERS[tier.replace(/k$/, 'K')] : 1024;
  if (side === undefined) return { field: 'resolution' };
  const named = input['aspect_ratio'];
  if (named === undefined || named === 'auto' || named === 'match_input_image') {
    return tier === undefined ? null : { width: side, height: side };
  }
  const ratio = ratioOf(named);
  if (ratio === null) return { field: 'aspect_ratio' };
  return { width: blocks(side * Math.sqrt(ratio)), height: blocks(side / Math.sqrt(ratio)) };
}

/** Width divided by height from "16:9"; null if it is not a ratio, or an extreme one. */
export function ratioOf(value: unknown): number | null {
  const match = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(typeof value === 'string' ? value : '');
  const ratio = match === null ? 0 : Number(match[1]) / Number(match[2]);
  return ratio > 0.05 && ratio < 20 ? ratio : null;
}

const blocks = (pixels: number): number => Math.round(pixels / 16) * 16;

function sizeOf(value: unknown): Size | null {
  if (typeof value === 'string') {
    const named = NAMED[value];
    if (named !== undefined) return { width: named[0], height: named[1] };
    const match = /^(\d{2,4})[x*](\d{2,4})$/.exec(value);
    return match === null ? null : sizeOf({ width: Number(match[1]), height: Number(match[2]) });
  }
  if (typeof value !== 'object' || value === null) return null;
  const { width, height } = value as { width?: unknown; height?: unknown };
  const fits = (side: unknown): side is number =>
    Number.isInteger(side) && Number(side) >= LEAST && Number(side) <= MOST;
  return fits(width) && fits(height) ? { width, height } : null;
}

/**
 * The factor that an input asks to enlarge its image by; null if it asks for none, the field if its value is invalid.
 */
export function askedFactor(input: Readonly<Record<string, unknown>>): number | null | { field: string } {
  for (const [field, value] of Object.entries(input)) {
    if (!/^(scale|scale_factor|upscale_factor|upscaleFactor|upscaling_factor)$/.test(field)) continue;
    const factor = Number(String(value).replace(/^x/i, '').replace(/x$/i, ''));
    return factor >= 1 && factor <= 16 ? factor : { field };
  }
  return null;
}
