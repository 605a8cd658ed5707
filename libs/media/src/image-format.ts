import { sniffContentType } from './content-type.js';
import { decoderOf, decoding } from './decoding.js';

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'avif';

export interface ImageMeasure {
  /** As shown, after the picture's own orientation. */
  width: number;
  height: number;
  format: ImageFormat;
}

const FORMAT_OF_EXTENSION: Readonly<Record<string, ImageFormat>> = {
  png: 'png',
  jpg: 'jpeg',
  webp: 'webp',
  gif: 'gif',
  avif: 'avif',
};
const EXTENSION_OF_FORMAT: Readonly<Record<ImageFormat, string>> = {
  png: 'png',
  jpeg: 'jpg',
  webp: 'webp',
  gif: 'gif',
  avif: 'avif',
};

/** 16,384 x 8,192: above what any provider makes, below what could exhaust the process. */
export const MOST_PIXELS = 134_217_728;

export function extensionOfFormat(format: ImageFormat): string {
  return EXTENSION_OF_FORMAT[format];
}

/** Null for what is no picture, is damaged, or has more pixels than we decode. Reads the header only. */
export async function measureImage(bytes: Uint8Array): Promise<ImageMeasure | null> {
  // The signature decides before the decoder sees a byte: it would also render SVG and open PDF.
  const format = FORMAT_OF_EXTENSION[(await sniffContentType(bytes))?.extension ?? ''];
  if (format === undefined) return null;
  const metadata = await decoderOf(bytes, MOST_PIXELS)
    .metadata()
    .catch(() => null);
  return metadata === null ? null : { width: metadata.autoOrient.width, height: metadata.autoOrient.height, format };
}

/** The longest side that is encoded as AVIF, in pixels: above it the encoder takes seconds of every core. */
export const MOST_AVIF_SIDE = 1_600;

/**
 * Encodes a picture anew, upright and without metadata. A few at a time; the others wait.
 *
 * @param compression 1 to 100, the encoder's quality; null for its default. PNG and GIF are lossless and ignore it.
 * @throws where the bytes cannot be decoded: measure them first, and take a failure for a damaged file
 */
export async function convertImage(
  bytes: Uint8Array,
  { format, compression }: { format: ImageFormat; compression: number | null },
): Promise<Uint8Array> {
  const quality = compression === null ? {} : { quality: compression };
  const picture = decoderOf(bytes, MOST_PIXELS).autoOrient();
  return decoding(() => {
    switch (format) {
      case 'png':
        return picture.png().toBuffer();
      case 'jpeg':
        // JPEG has no transparency; without this, what was transparent would turn black.
        return picture.flatten({ background: '#ffffff' }).jpeg(quality).toBuffer();
      case 'webp':
        return picture.webp(quality).toBuffer();
      case 'gif':
        return picture.gif().toBuffer();
      case 'avif':
        return picture.avif(quality).toBuffer();
    }
  });
}
