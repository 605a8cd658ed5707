import type { StoredFile } from '@lumenfall/contracts';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { BucketClient, type ObjectHeaders } from './bucket-client.js';
import { contentTypeOf } from './content-type.js';
import { newFileName, parseFileName } from './file-name.js';
import type { BucketLocation } from './media-location.js';
import { atMost, TooLong, type MediaStore, type OpenFile, type SaveOptions } from './media-store.js';

const ABANDONED_UPLOAD_MS = 3_600_000;
/** S3 removes up to 1,000 objects in one call. */
const REMOVE_BATCH = 500;

/**
 * A store in a bucket of any S3-compatible server. Rejects with a one-line error for the operator if it is unusable.
 */
export async function openBucketStore(location: BucketLocation): Promise<MediaStore> {
  const client = new BucketClient(location);
  const { prefix } = location;
  await client.check().catch((cause: unknown) => {
    client.close();
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new Error(`The media bucket ${location.bucket} cannot be used: ${reason}`, { cause });
  });

  async function save(bytes: Uint8Array, options: SaveOptions): Promise<StoredFile> {
    const { contentType, expiresAt } = options;
    const name = newFileName(options);
    await client.put(prefix + name, bytes, headersOf(options));
    return { name, contentType, sizeBytes: bytes.byteLength, expiresAt };
  }

  async function saveStream(
    source: AsyncIterable<Uint8Array>,
    { maxBytes, ...options }: SaveOptions & { maxBytes: number },
  ): Promise<StoredFile | null> {
    const { contentType, expiresAt } = options;
    const name = newFileName(options);
    let sizeBytes = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const piece of atMost(source, maxBytes)) {
        sizeBytes += piece.byteLength;
        yield piece;
      }
    }
    try {
      await client.upload(prefix + name, counted(), headersOf(options));
    } catch (error) {
      if (error instanceof TooLong) return null;
      throw error;
    }
    return { name, contentType, sizeBytes, expiresAt };
  }

  async function open(name: string): Promise<OpenFile | null> {
    const parsed = parseFileName(name);
    if (parsed === null || parsed.expiresAt <= Date.now()) return null;
    const key = prefix + name;
    const sizeBytes = await client.sizeOf(key);
    if (sizeBytes === null) return null;
    return {
      sizeBytes,
      contentType: contentTypeOf(parsed.extension),
      expiresAt: parsed.expiresAt,
      stream: (range) => Readable.from(piecesOf(client, key, range), { objectMode: false }),
      bytes: async () => buffer(await client.read(key)),
    };
  }

  async function remove(name: string): Promise<boolean> {
    if (parseFileName(name) === null || (await client.sizeOf(prefix + name)) === null) return false;
    await client.remove([prefix + name]);
    return true;
  }

  async function sweep(now: number): Promise<number> {
    let removed = 0;
    for await (const page of client.keys(prefix)) {
      const expired = page.filter((key) => (parseFileName(key.slice(prefix.length))?.expiresAt ?? Infinity) <= now);
      for (let at = 0; at < expired.length; at += REMOVE_BATCH) {
        await client.remove(expired.slice(at, at + REMOVE_BATCH));
      }
      removed += expired.length;
    }
    for (const { key, uploadId, startedAt } of await client.unfinishedUploads(prefix)) {
      if (startedAt + ABANDONED_UPLOAD_MS > now || parseFileName(key.slice(prefix.length)) === null) continue;
      await client.abortUpload(key, uploadId);
      removed += 1;
    }
    return removed;
  }

  return { save, saveStream, open, remove, sweep, close: async () => client.close() };
}

function headersOf({ contentType, expiresAt }: SaveOptions): ObjectHeaders {
  const seconds = Math.max(0, Math.floor((expiresAt - Date.now()) / 1000));
  return { contentType, cacheControl: `private, max-age=${seconds}` };
}

/** Sends the request when the stream is first read. */
async function* piecesOf(
  client: BucketClient,
  key: string,
  range: { start: number; end: number } | undefined,
): AsyncGenerator<Uint8Array> {
  yield* (await client.read(key, range)) as AsyncIterable<Uint8Array>;
}
