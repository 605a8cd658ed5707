import { fail, succeed, type ApiError, type InputImage, type Result } from '@lumenfall/contracts';
import { looksLikeImage, HEAD_BYTES, inspectImage, sniffContentType, type MediaStore } from '@lumenfall/media';
import { createHash } from 'node:crypto';
import {
  MOST_FILE_BYTES,
  MOST_REQUEST_BYTES,
  notAPicture,
  problemOfVerdict,
  tooLarge,
  tooMuch,
} from './input-problems.js';
import type { UploadedFile } from './picture-source.js';

/** The upload may take five minutes and the work ten; what a crash leaves behind is swept after this. */
const LIFETIME_MS = 20 * 60_000;

/** The client's side of an upload broke: told apart from what the store throws. */
export class BrokenUpload extends Error {}

export interface InspectedUpload {
  image: InputImage;
  hasAlpha: boolean;
}

/** The files of one request: each is in the store until `discard`, which has to be called on every way out. */
export class Uploads {
  readonly #names: string[] = [];
  #sizeBytes = 0;
  #discarded = false;

  constructor(private readonly store: Pick<MediaStore, 'saveStream' | 'open' | 'remove'>) {}

  /**
   * Streams a picture into the store. The value is text where the "file" was a short text: some clients upload an address.
   * Errors: `INVALID_REQUEST` for what is no picture by its first bytes, `PAYLOAD_TOO_LARGE`. Throws `BrokenUpload`.
   */
  async take(field: string, pieces: AsyncIterable<Uint8Array>): Promise<Result<UploadedFile | string>> {
    const { head, whole, stop } = await peek(pieces);
    const text = addressIn(head);
    if (text !== null) return succeed(text);
    const kind = await sniffContentType(head);
    if (kind === null || !(await looksLikeImage(head))) {
      await stop();
      return fail(notAPicture(field));
    }
    const hash = createHash('sha256');
    const maxBytes = Math.min(MOST_FILE_BYTES, MOST_REQUEST_BYTES - this.#sizeBytes);
    const stored = await this.store.saveStream(hashed(whole, hash), {
      ...kind,
      expiresAt: Date.now() + LIFETIME_MS,
      maxBytes,
    });
    if (stored === null) return fail(maxBytes < MOST_FILE_BYTES ? tooMuch(field) : tooLarge(field));
    this.#names.push(stored.name);
    this.#sizeBytes += stored.sizeBytes;
    // Several that came at the same time each had room.
    if (this.#sizeBytes > MOST_REQUEST_BYTES) return fail(tooMuch(field));
    // One of several that were on their way when the request ended.
    if (this.#discarded) await this.discard();
    return succeed({ name: stored.name, sizeBytes: stored.sizeBytes, sha256: hash.digest('hex') });
  }

  /** Decodes a stored picture. Errors: `INVALID_REQUEST` where it cannot be worked on. */
  async inspect(field: string, { name, sizeBytes }: UploadedFile): Promise<Result<InspectedUpload>> {
    const verdict = await inspectImage(async () => {
      const file = await this.store.open(name);
      if (file === null) throw new Error('An uploaded file is gone');
      return file.bytes();
    });
    if (!verdict.ok) return fail<ApiError>(problemOfVerdict(field, verdict));
    const { contentType, width, height, hasAlpha } = verdict.picture;
    return succeed({ image: { name, contentType, width, height, sizeBytes }, hasAlpha });
  }

  /** Somebody else still works on the files: they end by themselves. */
  release(): void {
    this.#names.splice(0);
  }

  /** Nobody needs the files any more. */
  async discard(): Promise<void> {
    this.#discarded = true;
    const names = this.#names.splice(0);
    await Promise.all(names.map((name) => this.store.remove(name)));
  }
}

interface Peeked {
  head: Buffer;
  /** All of it, the head included. */
  whole: AsyncIterable<Uint8Array>;
  /** Closes the source where `whole` is not read. */
  stop: () => Promise<void>;
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
  const stop = async (): Promise<void> => void (await source.return?.());
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield head;
      for (let piece = await read(); piece.done !== true; piece = await read()) yield piece.value;
    } finally {
      await stop();
    }
  }
  return { head, whole: whole(), stop };
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
