import type { StoredFile } from '@lumenfall/contracts';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { BucketClient, type ObjectFacts } from './bucket-client.js';
import { contentTypeOf } from './content-type.js';
import { newFileName, parseFileName } from './file-name.js';
import type { BucketLocation } from './media-location.js';
import { atMost, TooLong, type MediaStore, type OpenFile, type SaveOptions } from './media-store.js';

/** A stream is held in memory up to this much at a time; S3 takes no smaller parts than 5 MiB. */
const PART_BYTES = 8 * 1024 * 1024;
const ABANDONED_UPLOAD_MS = 3_600_000;
/** S3 removes up to 1,000 in one call. */
const REMOVED_AT_ONCE = 500;

/** A store in a bucket of any S3-compatible server. Rejects with one line for the operator where it cannot be used. */
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
    await client.put(prefix + name, bytes, factsOf(options));
    return { name, contentType, sizeBytes: bytes.byteLength, expiresAt };
  }

  /** What fits into one part is put at once; more goes up part by part, and is one object only when the last is there. */
  async function saveStream(
    source: AsyncIterable<Uint8Array>,
    { maxBytes, ...options }: SaveOptions & { maxBytes: number },
  ): Promise<StoredFile | null> {
    const parts = partsOf(atMost(source, maxBytes));
    try {
      const first = await parts.next();
      const second = first.done === true ? first : await parts.next();
      if (second.done === true) return await save(first.done === true ? new Uint8Array() : first.value, options);
      return await upload([first.value, second.value], parts, options);
    } catch (error) {
      if (error instanceof TooLong) return null;
      throw error;
    }
  }

  async function upload(
    begun: Uint8Array[],
    parts: AsyncGenerator<Uint8Array>,
    options: SaveOptions,
  ): Promise<StoredFile> {
    const { contentType, expiresAt } = options;
    const name = newFileName(options);
    const key = prefix + name;
    const uploadId = await client.beginUpload(key, factsOf(options));
    const tags: string[] = [];
    let sizeBytes = 0;
    const send = async (part: Uint8Array): Promise<void> => {
      tags.push(await client.uploadPart(key, uploadId, tags.length + 1, part));
      sizeBytes += part.byteLength;
    };
    try {
      for (const part of begun) await send(part);
      for await (const part of parts) await send(part);
      await client.completeUpload(key, uploadId, tags);
    } catch (error) {
      // Where this fails too, the sweep finds it.
      await client.abortUpload(key, uploadId).catch(() => undefined);
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
      for (let at = 0; at < expired.length; at += REMOVED_AT_ONCE) {
        await client.remove(expired.slice(at, at + REMOVED_AT_ONCE));
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

function factsOf({ contentType, expiresAt }: SaveOptions): ObjectFacts {
  const seconds = Math.max(0, Math.floor((expiresAt - Date.now()) / 1000));
  return { contentType, cacheControl: `private, max-age=${seconds}` };
}

/** Asked for when it is read, as a file would be. */
async function* piecesOf(
  client: BucketClient,
  key: string,
  range: { start: number; end: number } | undefined,
): AsyncGenerator<Uint8Array> {
  yield* (await client.read(key, range)) as AsyncIterable<Uint8Array>;
}

/** Joins pieces of any size into parts of one size; the last may be smaller. */
async function* partsOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    size += piece.byteLength;
    if (size < PART_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}
