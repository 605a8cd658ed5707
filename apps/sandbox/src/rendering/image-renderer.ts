import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { LRUCache } from 'lru-cache';
import sharp, { type OverlayOptions, type Sharp } from 'sharp';
import { backgroundSvg, svgDocument, textSvg } from './image-svg.js';
import type { ImageFormat, Size } from './media.js';

// Many small images, cached by the renderer: libvips needs neither its own cache nor all cores for one image.
sharp.cache(false);
sharp.concurrency(1);

export interface ImageSpec extends Size {
  prompt: string;
  /** Small line under the prompt. */
  caption: string;
  /** Images that came with the request, shown in a row in the corner: four at most. */
  insets?: readonly Uint8Array[];
  /** An image that came with the request and fills the new one: what an upscale enlarges, or what a mask protects. */
  ground?: { image: Uint8Array; mask: Uint8Array | null };
}

interface RenderJob {
  image: ImageSpec;
  format: ImageFormat;
  quality: number;
}

const CACHED_BYTES = 16 * 1024 * 1024;
const MOST_INSETS = 4;
const FILL = { fit: 'fill' } as const;

/** Renders images and keeps the latest ones: tests and benchmarks ask for the same again and again. */
export class ImageRenderer {
  readonly #cache = new LRUCache<string, Buffer, RenderJob>({
    maxSize: CACHED_BYTES,
    sizeCalculation: (bytes) => bytes.length,
    // A value evicted while it is rendered still goes to its callers.
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context }) => encode(context),
  });

  /** @param quality 0 to 100, for jpeg and webp */
  render(image: ImageSpec, format: ImageFormat, quality = 85): Promise<Buffer> {
    const job = { image, format, quality };
    return this.#cache.forceFetch(keyOf(job), { context: job });
  }
}

async function encode({ image, format, quality }: RenderJob): Promise<Buffer> {
  const drawn = await drawImage(image);
  switch (format) {
    case 'png':
      // The fastest level: the files are not kept, so their size does not matter.
      return drawn.png({ compressionLevel: 1 }).toBuffer();
    case 'jpeg':
      return drawn.jpeg({ quality: Math.max(1, quality) }).toBuffer();
    case 'webp':
      return drawn.webp({ quality: Math.max(1, quality), effort: 0 }).toBuffer();
  }
}

/** An image: a gradient or the image to enlarge, the prompt over it, and what came with the request. */
export async function drawImage({ prompt, caption, insets = [], ground, ...size }: ImageSpec): Promise<Sharp> {
  await loadFont();
  const text = textSvg(prompt, caption, size);
  if (ground !== undefined && ground.mask === null) {
    const enlarged = sharp(ground.image).resize(size.width, size.height, FILL).toColourspace('srgb');
    return enlarged.composite([{ input: svgDocument(size, text) }]).removeAlpha();
  }
  const drawn = sharp(svgDocument(size, backgroundSvg(prompt, size) + text));
  const overlays = ground === undefined ? await thumbnails(insets, size) : [await protectedPart(ground, size)];
  return drawn.composite(overlays).removeAlpha();
}

/** Small enough that a row of them fits. */
function thumbnails(insets: readonly Uint8Array[], { width, height }: Size): Promise<OverlayOptions[]> {
  const shown = insets.slice(0, MOST_INSETS);
  const margin = Math.round(Math.min(width, height) * 0.07);
  const side = Math.max(1, Math.round(Math.min(width, height) * (shown.length > 1 ? 0.2 : 0.28)));
  return Promise.all(
    shown.map(async (inset, index) => ({
      input: await sharp(inset).resize(side, side).png().toBuffer(),
      left: width - margin - (shown.length - index) * side,
      top: margin,
    })),
  );
}

/** The sent image, opaque only where it must stay: where the mask is opaque or, if it has no alpha channel, black. */
async function protectedPart(
  { image, mask }: { image: Uint8Array; mask: Uint8Array | null },
  { width, height }: Size,
): Promise<OverlayOptions> {
  const { hasAlpha } = await sharp(mask ?? image).metadata();
  const stays = hasAlpha
    ? sharp(mask ?? image).extractChannel('alpha')
    : sharp(mask ?? image)
        .greyscale()
        .negate();
  const alpha = await stays.resize(width, height, FILL).toColourspace('b-w').raw().toBuffer();
  const colours = await sharp(image).resize(width, height, FILL).removeAlpha().toColourspace('srgb').raw().toBuffer();
  const input = await sharp(colours, { raw: { width, height, channels: 3 } })
    .joinChannel(alpha, { raw: { width, height, channels: 1 } })
    .raw()
    .toBuffer();
  return { input, raw: { width, height, channels: 4 } };
}

function keyOf({ image, format, quality }: RenderJob): string {
  const { prompt, caption, width, height, insets = [], ground } = image;
  const hash = createHash('sha1').update(`${format} ${quality} ${width}x${height}\0${caption}\0${prompt}\0`);
  for (const inset of insets) hash.update(inset).update('\0');
  if (ground !== undefined) hash.update('ground').update(ground.image);
  if (ground?.mask) hash.update(ground.mask);
  return hash.digest('base64');
}

/** Width and height of an image that came with a request, or null if it is not an image. */
export async function measureImage(bytes: Uint8Array): Promise<Size | null> {
  try {
    const { width, height } = await sharp(bytes).metadata();
    return { width, height };
  } catch {
    // sharp reads every format that the providers accept; its reason does not matter here.
    return null;
  }
}

/** Sizes, or null if one of them is not an image. */
export async function measureImages(images: readonly Uint8Array[]): Promise<Size[] | null> {
  const measured = await Promise.all(images.map(measureImage));
  const sizes = measured.filter((size) => size !== null);
  return sizes.length === measured.length ? sizes : null;
}

let font: Promise<unknown> | null = null;

/**
 * Adds a font from npm to fontconfig, so that SVG text needs no system font. sharp has no other way to add one than to
 * render a text that names a font file.
 */
function loadFont(): Promise<unknown> {
  if (font !== null) return font;
  // Without a fontconfig of the system it would complain on standard error. The build copies this file next to the
  // bundle.
  if (!existsSync('/etc/fonts/fonts.conf')) {
    // eslint-disable-next-line no-restricted-properties -- not our configuration: fontconfig reads the real environment
    process.env.FONTCONFIG_FILE ??= fileURLToPath(new URL('./no-system-fonts.conf', import.meta.url));
  }
  const fontfile = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');
  font = sharp({ text: { text: 'x', font: 'DejaVu Sans Bold 8', fontfile } })
    .raw()
    .toBuffer();
  return font;
}
