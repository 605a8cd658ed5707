import { sniffContentType } from './content-type.js';
import { decoderOf, decoding } from './decoding.js';

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'avif';

export interface ImageMeasure {
  /** As shown, after the EXIF orientation. */
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

/** 16,384 x 8,192: more than any provider makes, and few enough to decode safely. */
export const MOST_PIXELS = 134_217_728;

export function extensionOfFormat(format: ImageFormat): string {
  return EXTENSION_OF_FORMAT[format];
}

/** Reads the header only. Null for unsupported types, damaged headers, and images above `MOST_PIXELS`. */
export async function measureImage(bytes: Uint8Array): Promise<ImageMeasure | null> {
  // Checked before decoding, because the decoder would also render SVG and PDF.
  const format = FORMAT_OF_EXTENSION[(await sniffContentType(bytes))?.extension ?? ''];
  if (format === undefined) return null;
  const metadata = await decoderOf(bytes, MOST_PIXELS)
    .metadata()
    .catch(() => null);
  return metadata === null ? null : { width: metadata.autoOrient.width, height: metadata.autoOrient.height, format };
}

/** The longest side that is encoded as AVIF, in pixels. Larger images occupy all cores for seconds. */
export const MOST_AVIF_SIDE = 1_600;

/**
 * Re-encodes an image, upright and without metadata. Runs a few conversions at a time; the others wait.
 *
 * @param compression 1 to 100, the encoder's quality; null for its default. PNG and GIF are lossless and ignore it.
 * @throws if the bytes cannot be decoded. Measure them first; a failure then means a damaged file
 */
export async function convertImage(
  bytes: Uint8Array,
  { format, compression }: { format: ImageFormat; compression: number | null },
): Promise<Uint8Array> {
  const quality = compression === null ? {} : { quality: compression };
  const image = decoderOf(bytes, MOST_PIXELS).autoOrient();
  return decoding(() => {
    switch (format) {
      case 'png':
        return image.png().toBuffer();
      case 'jpeg':
        // JPEG has no transparency; without a background, transparent areas become black.
        return image.flatten({ background: '#ffffff' }).jpeg(quality).toBuffer();
      case 'webp':
        return image.webp(quality).toBuffer();
      case 'gif':
        return image.gif().toBuffer();
      case 'avif':
        return image.avif(quality).toBuffer();
    }
  });
}
