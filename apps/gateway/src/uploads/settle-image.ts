import { fail, succeed, type InputImage, type Result } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import { fetchClientFile, type ProviderEndpoint } from '@lumenfall/providers';
import type { MediaAddress } from '../media/media-address.js';
import { MOST_FILE_BYTES, notAnImage, problemOfAddress, tooLarge } from './image-problems.js';
import type { ImageSource, UploadedFile } from './image-source.js';
import { BrokenUpload, pieceOf, type Uploads } from './uploads.js';

const FETCH_TIMEOUT_MS = 30_000;

export interface ImageOrigins {
  media: Pick<MediaStore, 'open'>;
  /** Files at our own addresses are read from the store. */
  addressOf: MediaAddress;
  /** Origins that addresses may name besides the public internet, such as the sandbox's. */
  alsoFrom: readonly string[];
}

/** Images may come from the sandbox, as from the public internet. */
export function sandboxOrigins(endpoints: readonly ProviderEndpoint[]): string[] {
  return [...new Set(endpoints.filter(({ sandbox }) => sandbox).map(({ baseUrl }) => new URL(baseUrl).origin))];
}

/** An image in the store, upright. */
export interface SettledImage {
  image: InputImage;
  hasAlpha: boolean;
  /** Of the bytes as they were sent, hex. */
  sha256: string;
  /** EXIF orientation of the file as it was sent, 1 to 8. */
  orientation: number;
}

/**
 * Brings an image into the store, inspects it, and turns it upright if it is a turned photo: providers ignore the EXIF
 * orientation. Errors: `INVALID_REQUEST` and `PAYLOAD_TOO_LARGE`, naming the field.
 */
export async function settleImage(
  source: ImageSource,
  uploads: Uploads,
  origins: ImageOrigins,
  signal: AbortSignal,
): Promise<Result<SettledImage>> {
  const file = source.kind === 'uploaded' ? succeed(source.file) : await bring(source, uploads, origins, signal);
  if (!file.ok) return file;
  const inspected = await uploads.inspect(source.field, file.value);
  if (!inspected.ok) return inspected;
  const { image, hasAlpha, orientation } = inspected.value;
  const upright = orientation === 1 ? succeed(image) : await uploads.turn(source.field, image, orientation);
  return upright.ok ? succeed({ image: upright.value, hasAlpha, orientation, sha256: file.value.sha256 }) : upright;
}

async function bring(
  source: Exclude<ImageSource, { kind: 'uploaded' }>,
  uploads: Uploads,
  { media, addressOf, alsoFrom }: ImageOrigins,
  signal: AbortSignal,
): Promise<Result<UploadedFile>> {
  const { field } = source;
  const take = async (pieces: AsyncIterable<Uint8Array>): Promise<Result<UploadedFile>> => {
    const taken = await uploads.take(field, pieces);
    if (!taken.ok) return taken;
    // A file that holds an address is accepted as an upload only, not behind another address.
    return typeof taken.value === 'string' ? fail(notAnImage(field)) : succeed(taken.value);
  };
  if (source.kind === 'bytes') return take(pieceOf(source.bytes));
  const own = await media.open(ownFileName(source.url, addressOf));
  if (own !== null) return take(own.stream()).catch(asUnavailable(field));
  const fetched = await fetchClientFile(
    source.url,
    { alsoFrom, timeoutMs: FETCH_TIMEOUT_MS, signal },
    async (pieces, announced): Promise<Result<UploadedFile>> =>
      (announced ?? 0) > MOST_FILE_BYTES ? fail(tooLarge(field)) : take(pieces),
  );
  return fetched.ok ? fetched.value : fail(problemOfAddress(field, fetched));
}

/** The file was removed while it was read. */
const asUnavailable =
  (field: string) =>
  (error: unknown): Result<never> => {
    if (error instanceof BrokenUpload) return fail(problemOfAddress(field, { problem: 'unavailable', status: null }));
    throw error;
  };

/** The name in the media store. Returns '' if the URL is not in our media store. */
export function ownFileName(url: string, addressOf: MediaAddress): string {
  const name = url.slice(url.lastIndexOf('/') + 1);
  return addressOf(name) === url ? name : '';
}
