import type { Size } from '../pictures/asked-size.js';

/** The models that fal prices by the megapixel; the others by the picture. */
const BY_MEGAPIXEL = /flux|qwen|z-image|hidream|seedvr|clarity|crystal|topaz/;
const BY_PICTURE = /flux-pro\/(kontext|v1\.1-ultra)|qwen-image-max/;

/** Of which a large picture counts for two. */
const DOUBLED = /nano-banana|gemini/;
const LARGE_SIDE = 3_000;

/** `x-fal-billable-units`. */
export function billedUnits(app: string, { width, height }: Size, count: number): number {
  if (BY_MEGAPIXEL.test(app) && !BY_PICTURE.test(app)) return Number(((count * width * height) / 1_000_000).toFixed(4));
  return count * (DOUBLED.test(app) && Math.max(width, height) > LARGE_SIDE ? 2 : 1);
}
