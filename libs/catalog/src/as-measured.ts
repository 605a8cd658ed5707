import type { MadeItem } from '@lumenfall/metering';
import { megapixelsOf, type Pixels } from './planned-pixels.js';
import { nearestTier, readTier } from './shape.js';

const IMAGE_TIERS = ['0.5K', '1K', '2K', '4K'];
const VIDEO_LINES = ['360p', '480p', '540p', '720p', '1080p', '1440p', '2160p'];

/** A delivered image, with the names that its size has in price lists. */
export function imageMade(pixels: Pixels): MadeItem {
  const { width, height } = pixels;
  // A tier fixes the longer side at some providers, the area at others: the larger of the two counts.
  const resolution = largerTier([Math.max(width, height), Math.sqrt(width * height)], IMAGE_TIERS);
  return made(pixels, resolution, null);
}

/** A delivered video. */
export function videoMade({ seconds, ...pixels }: Pixels & { seconds: number | null }): MadeItem {
  return made(pixels, videoLines(pixels), seconds);
}

/** The lines of a video: 720p for 1280x720, 720x1280 and 960x720. */
export function videoLines({ width, height }: Pixels): string {
  const wide = 16 / 9;
  return largerTier([Math.min(width, height) * wide, Math.sqrt(width * height * wide)], VIDEO_LINES);
}

function largerTier(sides: readonly number[], names: readonly string[]): string {
  const tiers = sides.map((side) => nearestTier(side, names) ?? '');
  return tiers.reduce((one, other) => ((readTier(other) ?? 0) > (readTier(one) ?? 0) ? other : one));
}

const made = (pixels: Pixels, resolution: string, seconds: number | null): MadeItem => ({
  megapixels: megapixelsOf(pixels),
  seconds,
  properties: { size: `${pixels.width}x${pixels.height}`, resolution },
});
