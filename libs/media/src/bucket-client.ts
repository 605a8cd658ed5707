import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Readable } from 'node:stream';
import type { BucketLocation } from './media-location.js';

/** For one call, retries included. A response body that is read later is limited by the socket's idle time only. */
const CALL_MS = 60_000;
const IDLE_MS = 30_000;
const CONNECT_MS = 5_000;
const ATTEMPTS = 4;
const SOCKETS = 64;
/** An upload holds one part in memory. S3 accepts no parts below 5 MiB, except the last one. */
const PART_BYTES = 8 * 1024 * 1024;

export interface ObjectHeaders {
  contentType: string;
  cacheControl: string;
}

export interface UnfinishedUpload {
  key: string;
  uploadId: string;
  /** Unix ms. */
  startedAt: number;
}

export function createS3Client({ region, endpoint, pathStyle }: BucketLocation): S3Client {
  return new S3Client({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    forcePathStyle: pathStyle,
    maxAttempts: ATTEMPTS,
    // Many S3-compatible servers do not know the checksums that newer SDKs send by default.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: IDLE_MS,
      httpAgent: { keepAlive: true, maxSockets: SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: SOCKETS },
    },
  });
}

/** The S3 calls of the bucket store, each with a time limit. They reject with the SDK's errors. */
export class BucketClient {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(location: BucketLocation) {
    this.#bucket = location.bucket;
    this.#client = createS3Client(location);
  }

  /** Rejects if the bucket does not exist or access is denied. */
  async check(): Promise<void> {
    await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), timeLimit());
  }

  async put(key: string, bytes: Uint8Array, { contentType, cacheControl }: ObjectHeaders): Promise<void> {
    const input = { Bucket: this.#bucket, Key: key, Body: bytes, ContentLength: bytes.byteLength };
    await this.#client.send(
      new PutObjectCommand({ ...input, ContentType: contentType, CacheControl: cacheControl }),
      timeLimit(),
    );
  }

  /**
   * Uploads a stream: with one `PutObject` if it fits into a part, otherwise as a multipart upload that is aborted if
   * the source fails. Rejects with the source's error then.
   */
  async upload(key: string, source: AsyncIterable<Uint8Array>, headers: ObjectHeaders): Promise<void> {
    const params = {
      Bucket: this.#bucket,
      Key: key,
      Body: Readable.from(source, { objectMode: false }),
      ContentType: headers.contentType,
      CacheControl: headers.cacheControl,
    };
    await new Upload({ client: this.#client, params, partSize: PART_BYTES, queueSize: 1 }).done();
  }

  /** The size in bytes; null if the object does not exist. */
  async sizeOf(key: string): Promise<number | null> {
    try {
      const head = await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }), timeLimit());
      return head.ContentLength ?? 0;
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return null;
      throw error;
    }
  }

  async read(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    const found = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range }), timeLimit());
    // The SDK's Node build returns a Readable.
    return found.Body as Readable;
  }

  /** Missing objects count as removed. */
  async remove(keys: readonly string[]): Promise<void> {
    const Objects = keys.map((Key) => ({ Key }));
    const done = await this.#client.send(
      new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
      timeLimit(),
    );
    const [failed] = done.Errors ?? [];
    if (failed) throw new Error(`An object could not be removed: ${failed.Code ?? ''} ${failed.Message ?? ''}`.trim());
  }

  /** One list per page, ordered by key. */
  async *keys(prefix: string): AsyncGenerator<string[]> {
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix: prefix });
    for await (const { Contents = [] } of pages) yield Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
  }

  async abortUpload(key: string, uploadId: string): Promise<void> {
    const input = { Bucket: this.#bucket, Key: key, UploadId: uploadId };
    await this.#client.send(new AbortMultipartUploadCommand(input), timeLimit());
  }

  /** Uploads that were neither completed nor aborted, such as those of a crashed process. `keys` does not list them. */
  async unfinishedUploads(prefix: string): Promise<UnfinishedUpload[]> {
    const found = await this.#client.send(
      new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix }),
      timeLimit(),
    );
    return (found.Uploads ?? []).flatMap(({ Key, UploadId, Initiated }) =>
      Key === undefined || UploadId === undefined
        ? []
        : [{ key: Key, uploadId: UploadId, startedAt: Initiated?.getTime() ?? 0 }],
    );
  }

  close(): void {
    this.#client.destroy();
  }
}

const timeLimit = (): { abortSignal: AbortSignal } => ({ abortSignal: AbortSignal.timeout(CALL_MS) });
