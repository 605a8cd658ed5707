import { sniffContentType } from './content-type.js';
import { decoderOf, decoding } from './decoding.js';

/** The types that clients may send. Every provider accepts the first three. */
export const INPUT_TYPES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

/** 50 megapixels. */
export const MOST_INPUT_PIXELS = 50_000_000;

export interface InspectedImage {
  contentType: string;
  /** As shown, after the EXIF orientation. */
  width: number;
  height: number;
  hasAlpha: boolean;
  /** EXIF orientation, 1 to 8; 1 is upright. */
  orientation: number;
}

/**
 * `unsupported`: not an image of `INPUT_TYPES`; `too-large`: more than `MOST_INPUT_PIXELS`; `damaged`: it cannot be
 * decoded to its end.
 */
export type ImageVerdict =
  { ok: true; image: InspectedImage } | { ok: false; reason: 'unsupported' | 'too-large' | 'damaged' };

/** Enough of a file to detect its type. */
export const HEAD_BYTES = 4_100;

/** Whether a file with these first bytes can be an image of `INPUT_TYPES`. */
export async function looksLikeImage(head: Uint8Array): Promise<boolean> {
  return INPUT_TYPES.has((await sniffContentType(head))?.contentType ?? '');
}

/**
 * Checks an untrusted image: type and size by its header, integrity by decoding it to its end.
 *
 * @param read called when a decoding slot is free, so that only a few images are in memory at once
 */
export function inspectImage(read: () => Promise<Uint8Array>): Promise<ImageVerdict> {
  return decoding(async () => {
    const bytes = await read();
    // Checked before decoding, because the decoder would also render SVG and PDF.
    const kind = await sniffContentType(bytes);
    if (kind === null || !INPUT_TYPES.has(kind.contentType)) return { ok: false, reason: 'unsupported' };
    // Reads the header only. The pixel limit is checked below, to report it as the reason.
    const metadata = await decoderOf(bytes, Number.MAX_SAFE_INTEGER)
      .metadata()
      .catch(() => null);
    if (metadata === null) return { ok: false, reason: 'damaged' };
    const { width, height } = metadata.autoOrient;
    if (width * height > MOST_INPUT_PIXELS) return { ok: false, reason: 'too-large' };
    if (!(await decodesToItsEnd(bytes))) return { ok: false, reason: 'damaged' };
    const { hasAlpha, orientation = 1 } = metadata;
    return { ok: true, image: { contentType: kind.contentType, width, height, hasAlpha, orientation } };
  });
}

/** Scales to a few pixels, so that the decoded image is streamed instead of held in memory. */
async function decodesToItsEnd(bytes: Uint8Array): Promise<boolean> {
  try {
    await decoderOf(bytes, MOST_INPUT_PIXELS, 'error').resize(16, 16, { fit: 'fill' }).raw().toBuffer();
    return true;
  } catch {
    return false; // The decoder's message would not help a client.
  }
}

/** How to turn an image upright, by its EXIF orientation. The mirroring comes first. */
const TURNS: Readonly<Record<number, { mirrored: boolean; degrees: number }>> = {
  2: { mirrored: true, degrees: 0 },
  3: { mirrored: false, degrees: 180 },
  4: { mirrored: true, degrees: 180 },
  5: { mirrored: true, degrees: 270 },
  6: { mirrored: false, degrees: 90 },
  7: { mirrored: true, degrees: 90 },
  8: { mirrored: false, degrees: 270 },
};

/** Close to the original for a file that is decoded once more by a provider. */
const TURNED_QUALITY = 95;

/**
 * Re-encodes an inspected image in its own type, turned as an image with this EXIF orientation is shown, and without
 * EXIF data.
 *
 * @param read called when a decoding slot is free
 * @param orientation 2 to 8; the image's own, or that of the image which it is the mask of
 */
export function turnImage(read: () => Promise<Uint8Array>, orientation: number): Promise<Uint8Array> {
  return decoding(async () => {
    const { mirrored, degrees } = TURNS[orientation] ?? { mirrored: false, degrees: 0 };
    const bytes = await read();
    const decoder = decoderOf(bytes, MOST_INPUT_PIXELS);
    const { format } = await decoder.metadata();
    const turned = decoder.flop(mirrored).rotate(degrees).keepIccProfile();
    switch (format) {
      case 'jpeg':
        return turned.jpeg({ quality: TURNED_QUALITY }).toBuffer();
      case 'webp':
        return turned.webp({ quality: TURNED_QUALITY }).toBuffer();
      case 'gif':
        return turned.gif().toBuffer();
      default:
        return turned.png().toBuffer();
    }
  });
}
