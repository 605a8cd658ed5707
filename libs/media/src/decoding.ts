import { availableParallelism } from 'node:os';
import sharp, { type Sharp } from 'sharp';

// One image may use at most half of the cores, because the process serves other requests. Images are not decoded twice:
// no cache.
sharp.concurrency(Math.max(1, Math.floor(availableParallelism() / 2)));
sharp.cache(false);

/**
 * Decoded images are many times larger than their files, and libvips shares its thread pool with file access and DNS.
 */
const MAX_RUNNING = Math.max(1, Math.min(4, availableParallelism()));

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Runs work that decodes images. At most `MAX_RUNNING` run at once in the process; the others wait in order of arrival.
 */
export async function decoding<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MAX_RUNNING) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    // A waiting task takes over this slot, so the count stays the same.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

/**
 * @param maxPixels images above this are refused by their header, before they are decoded
 * @param failOn `error` refuses truncated and unreadable data but accepts harmless irregularities
 */
export function decoderOf(bytes: Uint8Array, maxPixels: number, failOn: 'warning' | 'error' = 'warning'): Sharp {
  return sharp(bytes, { limitInputPixels: maxPixels, failOn });
}
