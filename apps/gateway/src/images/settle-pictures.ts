import type { RequestImages } from '@lumenfall/catalog';
import { fail, succeed, type Result } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import { fetchClientFile } from '@lumenfall/providers';
import type { MediaAddress } from '../media/media-address.js';
import { notAPicture, problemOfAddress, problemOfMask, tooLarge, MOST_FILE_BYTES } from './input-problems.js';
import type { EditSources, PictureSource, UploadedFile } from './picture-source.js';
import { BrokenUpload, type InspectedUpload, type Uploads } from './uploads.js';

const FETCH_TIMEOUT_MS = 30_000;

export interface PictureOrigins {
  media: Pick<MediaStore, 'open'>;
  /** Addresses of our own files are read from the store, not fetched. */
  addressOf: MediaAddress;
  /** Origins beside the public internet that addresses may name: the sandbox's, where there is one. */
  alsoFrom: readonly string[];
}

/** The pictures of an edit, stored and measured, with what their bytes are (to tell a repeat of the same body). */
export interface SettledPictures {
  pictures: RequestImages;
  /** SHA-256 of each, hex, in the order of the sources; the mask's last. */
  digests: string[];
}

/** Brings every picture into the store and looks at it. Errors: `INVALID_REQUEST` and `PAYLOAD_TOO_LARGE`, naming the field. */
export async function settlePictures(
  { inputs, mask }: EditSources,
  uploads: Uploads,
  origins: PictureOrigins,
  signal: AbortSignal,
): Promise<Result<SettledPictures>> {
  const settle = (source: PictureSource): Promise<Result<Settled>> => settleOne(source, uploads, origins, signal);
  const settled = await Promise.all(inputs.map(settle));
  const images: Settled[] = [];
  for (const one of settled) {
    if (!one.ok) return one;
    images.push(one.value);
  }
  const [first] = images;
  if (mask === null || first === undefined) return succeed(joined(images, null));
  const settledMask = await settle(mask);
  if (!settledMask.ok) return settledMask;
  const { image, hasAlpha } = settledMask.value;
  const problem = problemOfMask({ ...image, hasAlpha }, first.image);
  return problem === null ? succeed(joined(images, settledMask.value)) : fail(problem);
}

type Settled = InspectedUpload & Pick<UploadedFile, 'sha256'>;

function joined(images: readonly Settled[], mask: Settled | null): SettledPictures {
  return {
    pictures: { inputs: images.map(({ image }) => image), mask: mask?.image ?? null },
    digests: [...images, ...(mask === null ? [] : [mask])].map(({ sha256 }) => sha256),
  };
}

async function settleOne(
  source: PictureSource,
  uploads: Uploads,
  origins: PictureOrigins,
  signal: AbortSignal,
): Promise<Result<Settled>> {
  const file = source.kind === 'uploaded' ? succeed(source.file) : await bring(source, uploads, origins, signal);
  if (!file.ok) return file;
  const inspected = await uploads.inspect(source.field, file.value);
  return inspected.ok ? succeed({ ...inspected.value, sha256: file.value.sha256 }) : inspected;
}

async function bring(
  source: Exclude<PictureSource, { kind: 'uploaded' }>,
  uploads: Uploads,
  { media, addressOf, alsoFrom }: PictureOrigins,
  signal: AbortSignal,
): Promise<Result<UploadedFile>> {
  const { field } = source;
  const take = async (pieces: AsyncIterable<Uint8Array>): Promise<Result<UploadedFile>> => {
    const taken = await uploads.take(field, pieces);
    if (!taken.ok) return taken;
    // An address behind an address is followed by nobody.
    return typeof taken.value === 'string' ? fail(notAPicture(field)) : succeed(taken.value);
  };
  if (source.kind === 'bytes') return take(pieceOf(source.bytes));
  const own = await media.open(ownName(source.url, addressOf));
  if (own !== null) return take(own.stream()).catch(goneMeanwhile(field));
  const fetched = await fetchClientFile(
    source.url,
    { alsoFrom, timeoutMs: FETCH_TIMEOUT_MS, signal },
    async (pieces, announced): Promise<Result<UploadedFile>> =>
      (announced ?? 0) > MOST_FILE_BYTES ? fail(tooLarge(field)) : take(pieces),
  );
  return fetched.ok ? fetched.value : fail(problemOfAddress(field, fetched));
}

const goneMeanwhile =
  (field: string) =>
  (error: unknown): Result<never> => {
    if (error instanceof BrokenUpload) return fail(problemOfAddress(field, { problem: 'unavailable', status: null }));
    throw error;
  };

/** The name that an address of ours ends with; what is no address of ours is no name either. */
function ownName(url: string, addressOf: MediaAddress): string {
  const name = url.slice(url.lastIndexOf('/') + 1);
  return addressOf(name) === url ? name : '';
}

async function* pieceOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
