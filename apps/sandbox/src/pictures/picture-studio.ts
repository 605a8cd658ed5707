import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { BoundedMap } from '../memory/bounded-map.js';
import { drawPicture, type Picture } from './draw-picture.js';

export type PictureFormat = 'png' | 'jpeg' | 'webp';

const CACHED_BYTES = 16 * 1024 * 1024;

/** Draws pictures and keeps the last ones, since a test or a benchmark asks for the same again and again. */
export class PictureStudio {
  readonly #cache = new BoundedMap<string, Buffer>(CACHED_BYTES, (bytes) => bytes.length);
  readonly #drawing = new Map<string, Promise<Buffer>>();

  /** @param quality 0 to 100, for jpeg and webp */
  async draw(picture: Picture, format: PictureFormat, quality = 85): Promise<Buffer> {
    const key = keyOf(picture, format, quality);
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const already = this.#drawing.get(key);
    if (already !== undefined) return already;
    const drawing = encode(picture, format, quality).finally(() => this.#drawing.delete(key));
    this.#drawing.set(key, drawing);
    const bytes = await drawing;
    this.#cache.set(key, bytes);
    return bytes;
  }
}

async function encode(picture: Picture, format: PictureFormat, quality: number): Promise<Buffer> {
  const { rgb, width, height } = await drawPicture(picture);
  const drawn = sharp(rgb, { raw: { width, height, channels: 3 } });
  switch (format) {
    case 'png':
      // The fastest level: a picture nobody keeps need not be small.
      return drawn.png({ compressionLevel: 1 }).toBuffer();
    case 'jpeg':
      return drawn.jpeg({ quality: Math.max(1, quality) }).toBuffer();
    case 'webp':
      return drawn.webp({ quality: Math.max(1, quality), effort: 0 }).toBuffer();
  }
}

function keyOf(
  { prompt, caption, width, height, insets = [], ground }: Picture,
  format: PictureFormat,
  quality: number,
): string {
  const hash = createHash('sha1').update(`${format} ${quality} ${width}x${height}\0${caption}\0${prompt}\0`);
  for (const inset of insets) hash.update(inset).update('\0');
  if (ground !== undefined)
    hash
      .update('ground')
      .update(ground.picture)
      .update(ground.mask ?? '');
  return hash.digest('base64');
}

/** Width and height of a picture that somebody sent, or null for what is none. */
export async function measure(bytes: Uint8Array): Promise<{ width: number; height: number } | null> {
  try {
    const { width, height } = await sharp(bytes).metadata();
    return { width, height };
  } catch {
    // Whatever sharp cannot read is not a picture to us; why does not matter.
    return null;
  }
}
