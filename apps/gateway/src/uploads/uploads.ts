import { fail, succeed, type ApiError, type InputImage, type Result } from '@lumenfall/contracts';
import {
  HEAD_BYTES,
  inspectImage,
  looksLikeImage,
  sniffContentType,
  turnImage,
  type ContentType,
  type MediaStore,
} from '@lumenfall/media';
import { createHash } from 'node:crypto';
import { MOST_FILE_BYTES, notAnImage, problemOfVerdict, tooLarge, tooMuch } from './image-problems.js';
import type { UploadedFile } from './image-source.js';

export interface UploadLimits {
  /** Of all files of a request together: a worker holds them in memory. */
  bytes: number;
  /** After which files that were not discarded are swept. */
  lifetimeMs: number;
}

/** The upload may take five minutes and the job ten. */
const IMAGE_INPUTS: UploadLimits = { bytes: 256 * 1024 * 1024, lifetimeMs: 20 * 60_000 };

/** The client's side of an upload failed, as opposed to the store. */
export class BrokenUpload extends Error {}

export interface InspectedUpload {
  image: InputImage;
  hasAlpha: boolean;
  /** EXIF orientation, 1 to 8; `image` has the size as shown. */
  orientation: number;
}

/**
 * The input files of one request. They stay in the store until `discard`, which must be called on every path, or
 * `release`.
 */
export class Uploads {
  readonly #names: string[] = [];
  #sizeBytes = 0;
  #discarded = false;

  constructor(
    private readonly store: Pick<MediaStore, 'saveStream' | 'open' | 'remove'>,
    private readonly limits: UploadLimits = IMAGE_INPUTS,
  ) {}

  /**
   * Streams an image into the store. Returns the text of a file that holds an address, which some clients upload.
   * Errors: `INVALID_REQUEST` if the first bytes are not those of an image, `PAYLOAD_TOO_LARGE`. Throws `BrokenUpload`.
   */
  async take(field: string, pieces: AsyncIterable<Uint8Array>): Promise<Result<UploadedFile | string>> {
    const { head, whole, close } = await peek(pieces);
    const text = addressIn(head);
    if (text !== null) return succeed(text);
    const kind = await sniffContentType(head);
    if (kind === null || !(await looksLikeImage(head))) {
      await close();
      return fail(notAnImage(field));
    }
    const hash = createHash('sha256');
    const stored = await this.#store(field, hashed(whole, hash), kind);
    return stored.ok ? succeed({ ...stored.value, sha256: hash.digest('hex') }) : stored;
  }

  async #store(
    field: string,
    pieces: AsyncIterable<Uint8Array>,
    kind: ContentType,
  ): Promise<Result<{ name: string; sizeBytes: number }>> {
    const maxBytes = Math.min(MOST_FILE_BYTES, this.limits.bytes - this.#sizeBytes);
    const expiresAt = Date.now() + this.limits.lifetimeMs;
    const stored = await this.store.saveStream(pieces, { ...kind, expiresAt, maxBytes });
    if (stored === null) return fail(maxBytes < MOST_FILE_BYTES ? tooMuch(field, this.limits.bytes) : tooLarge(field));
    const { name, sizeBytes } = stored;
    this.#names.push(name);
    this.#sizeBytes += sizeBytes;
    // Concurrent uploads may exceed the limit only together.
    if (this.#sizeBytes > this.limits.bytes) return fail(tooMuch(field, this.limits.bytes));
    // The request ended while this file was uploaded.
    if (this.#discarded) await this.discard();
    return succeed({ name, sizeBytes });
  }

  /** Decodes a stored image. Errors: `INVALID_REQUEST` if it is unusable. */
  async inspect(field: string, { name, sizeBytes }: UploadedFile): Promise<Result<InspectedUpload>> {
    const verdict = await inspectImage(() => this.#read(name));
    if (!verdict.ok) return fail<ApiError>(problemOfVerdict(field, verdict));
    const { contentType, width, height, hasAlpha, orientation } = verdict.image;
    return succeed({ image: { name, contentType, width, height, sizeBytes }, hasAlpha, orientation });
  }

  /**
   * Replaces an image by a turned copy; the size is that of the result.
   *
   * @param orientation EXIF orientation, 2 to 8
   */
  async turn(field: string, image: InputImage, orientation: number): Promise<Result<InputImage>> {
    const bytes = await turnImage(() => this.#read(image.name), orientation);
    const kind = await sniffContentType(bytes);
    if (kind === null) throw new Error('A turned image has no known type');
    const stored = await this.#store(field, pieceOf(bytes), kind);
    if (!stored.ok) return stored;
    await this.#remove(image.name, image.sizeBytes);
    return succeed({ ...image, ...stored.value });
  }

  async #read(name: string): Promise<Uint8Array> {
    const file = await this.store.open(name);
    if (file === null) throw new Error('An uploaded file is missing from the media store');
    return file.bytes();
  }

  async #remove(name: string, sizeBytes: number): Promise<void> {
    const index = this.#names.indexOf(name);
    if (index >= 0) this.#names.splice(index, 1);
    this.#sizeBytes -= sizeBytes;
    await this.store.remove(name);
  }

  /** The job still needs the files. They stay until they expire. */
  release(): void {
    this.#names.splice(0);
  }

  /** Removes the files. */
  async discard(): Promise<void> {
    this.#discarded = true;
    const names = this.#names.splice(0);
    await Promise.all(names.map((name) => this.store.remove(name)));
  }
}

interface Peeked {
  head: Buffer;
  /** All of it, including the head. */
  whole: AsyncIterable<Uint8Array>;
  /** Closes the source if `whole` is not read. */
  close: () => Promise<void>;
}

async function peek(pieces: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const source = pieces[Symbol.asyncIterator]();
  const read = (): Promise<IteratorResult<Uint8Array>> =>
    source.next().catch((cause: unknown) => {
      throw new BrokenUpload('The upload broke off', { cause });
    });
  const first: Uint8Array[] = [];
  let size = 0;
  while (size < HEAD_BYTES) {
    const piece = await read();
    if (piece.done === true) break;
    first.push(piece.value);
    size += piece.value.byteLength;
  }
  const head = Buffer.concat(first);
  const close = async (): Promise<void> => void (await source.return?.());
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield head;
      for (let piece = await read(); piece.done !== true; piece = await read()) yield piece.value;
    } finally {
      await close();
    }
  }
  return { head, whole: whole(), close };
}

async function* hashed(
  pieces: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

function addressIn(head: Buffer): string | null {
  if (head.length > 4_096) return null;
  const text = head.toString('utf8').trim();
  return /^https?:\/\/\S+$/.test(text) ? text : null;
}

export async function* pieceOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
