import { sniffContentType } from './content-type.js';
import { decoderOf, decoding } from './decoding.js';

/** What a client may send to be worked on; every provider takes the first three. */
export const INPUT_TYPES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

/** 50 megapixels. */
export const MOST_INPUT_PIXELS = 50_000_000;

export interface InspectedImage {
  contentType: string;
  /** As shown, after the picture's own orientation. */
  width: number;
  height: number;
  hasAlpha: boolean;
}

/** `unsupported`: no picture, or of a kind we do not take; `too-large`: more pixels than we decode; `damaged`: it cannot be read to its end. */
export type ImageVerdict =
  { ok: true; picture: InspectedImage } | { ok: false; reason: 'unsupported' | 'too-large' | 'damaged' };

/** Enough of a file to tell its kind. */
export const HEAD_BYTES = 4_100;

/** Whether a file that begins so may be a picture that we take. */
export async function looksLikeImage(head: Uint8Array): Promise<boolean> {
  return INPUT_TYPES.has((await sniffContentType(head))?.contentType ?? '');
}

/**
 * Looks at a picture that a stranger sent: its kind and size by its header, its soundness by decoding it to the end.
 *
 * @param read is called when it is this picture's turn, so that only few are in memory at once
 */
export function inspectImage(read: () => Promise<Uint8Array>): Promise<ImageVerdict> {
  return decoding(async () => {
    const bytes = await read();
    // The signature decides before the decoder sees a byte: it would also render SVG and open PDF.
    const kind = await sniffContentType(bytes);
    if (kind === null || !INPUT_TYPES.has(kind.contentType)) return { ok: false, reason: 'unsupported' };
    // The header only, without a limit: the size is judged here, so that the reason can be told.
    const metadata = await decoderOf(bytes, Number.MAX_SAFE_INTEGER)
      .metadata()
      .catch(() => null);
    if (metadata === null) return { ok: false, reason: 'damaged' };
    const { width, height } = metadata.autoOrient;
    if (width * height > MOST_INPUT_PIXELS) return { ok: false, reason: 'too-large' };
    if (!(await decodesToItsEnd(bytes))) return { ok: false, reason: 'damaged' };
    return { ok: true, picture: { contentType: kind.contentType, width, height, hasAlpha: metadata.hasAlpha } };
  });
}

/** Into a few pixels, so that the decoded picture streams by instead of being held. */
async function decodesToItsEnd(bytes: Uint8Array): Promise<boolean> {
  try {
    await decoderOf(bytes, MOST_INPUT_PIXELS, 'error').resize(16, 16, { fit: 'fill' }).raw().toBuffer();
    return true;
  } catch {
    return false; // The decoder's words are about bytes and libraries, nothing a client could use.
  }
}
