import { availableParallelism } from 'node:os';
import sharp, { type Sharp } from 'sharp';

// A picture may not take every core: other requests share the process. Nothing is asked for twice, so no cache.
sharp.concurrency(Math.max(1, Math.floor(availableParallelism() / 2)));
sharp.cache(false);

/** Decoded pictures are many times larger than their files, and libvips shares its threads with files and name look-ups. */
const MOST_AT_ONCE = Math.max(1, Math.min(4, availableParallelism()));

let running = 0;
const waiting: (() => void)[] = [];

/** Runs work that decodes pictures, a few at a time in the whole process; the others wait in the order they came. */
export async function decoding<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    // The place goes to the next without becoming free in between.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

/**
 * @param mostPixels above which the picture is refused by its header, before anything is decoded
 * @param damage how sound the data must be: `error` refuses what ends early or cannot be read, but not mere oddities
 */
export function decoderOf(bytes: Uint8Array, mostPixels: number, damage: 'warning' | 'error' = 'warning'): Sharp {
  return sharp(bytes, { limitInputPixels: mostPixels, failOn: damage });
}
