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

/** A picture as it will be stored. */
export interface FinishedPicture {
  bytes: Uint8Array;
  contentType: string;
  /** Without the dot. */
  extension: string;
  width: number;
  height: number;
  format: ImageFormat;
  revisedPrompt: string | null;
}

export interface PicturePorts {
  fetchMedia: typeof fetchMedia;
  endpoint: ProviderEndpoint;
  signal: AbortSignal;
}

const MOST_BYTES = 64 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 60_000;
/** Lossless formats have no quality to choose. */
const LOSSY: ReadonlySet<ImageFormat> = new Set(['jpeg', 'webp', 'avif']);

/** Fetches what a provider made and brings it into the form that was asked for. A file that is no picture is `empty`. */
export async function finishPicture(
  image: ProviderImage,
  request: Pick<ImageRequest, 'outputFormat' | 'outputCompression'>,
  { fetchMedia: fetch, endpoint, signal }: PicturePorts,
): Promise<Outcome<FinishedPicture>> {
  const fetched = await fetch(image.source, { endpoint, maxBytes: MOST_BYTES, timeoutMs: FETCH_TIMEOUT_MS, signal });
  if (!fetched.ok) return fetched;
  const measured = await measureImage(fetched.value);
  if (measured === null) return notAPicture();
  const format = formatOf(request.outputFormat, measured);
  const compression = request.outputCompression;
  const bytes = needsEncoding(measured, format, compression)
    ? // The header was sound; only decoding shows whether the rest is.
      await convertImage(fetched.value, { format, compression }).catch(() => null)
    : fetched.value;
  if (bytes === null) return notAPicture();
  const kind = { format, extension: extensionOfFormat(format), contentType: `image/${format}` };
  return { ok: true, value: { ...measured, ...kind, bytes, revisedPrompt: image.revisedPrompt } };
}

/**
 * AVIF is made up to its limit. A request for more is refused beforehand; where the provider then makes a larger picture than it
 * was asked for, it is delivered as WebP, which the answer says, rather than thrown away.
 */
function formatOf(asked: ImageFormat | null, { format, width, height }: ImageMeasure): ImageFormat {
  const tooLarge = Math.max(width, height) > MOST_AVIF_SIDE;
  return asked === 'avif' && format !== 'avif' && tooLarge ? 'webp' : (asked ?? format);
}

function needsEncoding(measured: ImageMeasure, format: ImageFormat, compression: number | null): boolean {
  return format !== measured.format || (compression !== null && compression < 100 && LOSSY.has(format));
}

function notAPicture(): { ok: false; failure: ProviderFailure } {
  return { ok: false, failure: ownFailure('empty', 'answered with a file that is not a picture') };
}
