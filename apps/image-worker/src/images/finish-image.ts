import type { ImageRequest } from '@lumenfall/contracts';
import { ownFailure } from '@lumenfall/execution';
import {
  convertImage,
  extensionOfFormat,
  measureImage,
  MOST_AVIF_SIDE,
  type ImageFormat,
  type ImageMeasure,
} from '@lumenfall/media';
import type { fetchMedia, Outcome, ProviderEndpoint, ProviderFailure, ProviderImage } from '@lumenfall/providers';

/** An image as it will be stored. */
export interface FinishedImage {
  bytes: Uint8Array;
  contentType: string;
  /** Without the dot. */
  extension: string;
  width: number;
  height: number;
  format: ImageFormat;
  revisedPrompt: string | null;
}

export interface FinishPorts {
  fetchMedia: typeof fetchMedia;
  endpoint: ProviderEndpoint;
  signal: AbortSignal;
}

const MAX_BYTES = 64 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 60_000;
/** Lossless formats have no quality to choose. */
const LOSSY: ReadonlySet<ImageFormat> = new Set(['jpeg', 'webp', 'avif']);

/**
 * Fetches an image from its provider and converts it to the requested format. A file that is not an image is `empty`.
 */
export async function finishImage(
  image: ProviderImage,
  request: Pick<ImageRequest, 'outputFormat' | 'outputCompression'>,
  { fetchMedia: fetch, endpoint, signal }: FinishPorts,
): Promise<Outcome<FinishedImage>> {
  const fetched = await fetch(image.source, { endpoint, maxBytes: MAX_BYTES, timeoutMs: FETCH_TIMEOUT_MS, signal });
  if (!fetched.ok) return fetched;
  const measured = await measureImage(fetched.value);
  if (measured === null) return notAnImage();
  const format = formatOf(request.outputFormat, measured);
  const compression = request.outputCompression;
  const bytes = needsEncoding(measured, format, compression)
    ? // Only decoding shows whether the data after the header is valid.
      await convertImage(fetched.value, { format, compression }).catch(() => null)
    : fetched.value;
  if (bytes === null) return notAnImage();
  const kind = { format, extension: extensionOfFormat(format), contentType: `image/${format}` };
  return { ok: true, value: { ...measured, ...kind, bytes, revisedPrompt: image.revisedPrompt } };
}

/**
 * AVIF has a size limit. A request beyond it is refused; if the provider makes a larger image than requested, it is
 * delivered as WebP, and the answer says so.
 */
function formatOf(asked: ImageFormat | null, { format, width, height }: ImageMeasure): ImageFormat {
  const tooLarge = Math.max(width, height) > MOST_AVIF_SIDE;
  return asked === 'avif' && format !== 'avif' && tooLarge ? 'webp' : (asked ?? format);
}

function needsEncoding(measured: ImageMeasure, format: ImageFormat, compression: number | null): boolean {
  return format !== measured.format || (compression !== null && compression < 100 && LOSSY.has(format));
}

function notAnImage(): { ok: false; error: ProviderFailure } {
  return { ok: false, error: ownFailure('empty', 'answered with a file that is not an image') };
}
