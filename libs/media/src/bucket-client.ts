import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import type { BucketLocation } from './media-location.js';

/** For one call, repeats included; a stream that is read afterwards has the limit of an idle socket only. */
const CALL_MS = 60_000;
const IDLE_MS = 30_000;
const CONNECT_MS = 5_000;
const ATTEMPTS = 4;
const SOCKETS = 64;

export interface ObjectFacts {
  contentType: string;
  /** For caches between here and the bucket's own readers, where it has some. */
  cacheControl: string;
}

export interface UnfinishedUpload {
  key: string;
  uploadId: string;
  /** Unix ms. */
  startedAt: number;
}

/** The few calls of S3 that the store makes, each with its deadline. They reject with what the SDK throws. */
export class BucketClient {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor({ bucket, region, endpoint, pathStyle }: BucketLocation) {
    this.#bucket = bucket;
    this.#client = new S3Client({
      region,
      ...(endpoint === null ? {} : { endpoint }),
      forcePathStyle: pathStyle,
      maxAttempts: ATTEMPTS,
      // Newer checksums by default are more than many other servers know.
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

  /** Rejects where the bucket is not there or may not be used. */
  async check(): Promise<void> {
    await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), limit());
  }

  async put(key: string, bytes: Uint8Array, facts: ObjectFacts): Promise<void> {
    const { contentType, cacheControl } = facts;
    const input = { Bucket: this.#bucket, Key: key, Body: bytes, ContentLength: bytes.byteLength };
    await this.#client.send(
      new PutObjectCommand({ ...input, ContentType: contentType, CacheControl: cacheControl }),
      limit(),
    );
  }

  /** The size in bytes; null where there is no such object. */
  async sizeOf(key: string): Promise<number | null> {
    try {
      const head = await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }), limit());
      return head.ContentLength ?? 0;
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return null;
      throw error;
    }
  }

  async read(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    const found = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range }), limit());
    // In Node the body is always a stream of its own.
    return found.Body as Readable;
  }

  /** Objects that are gone already count as removed. */
  async remove(keys: readonly string[]): Promise<void> {
    const Objects = keys.map((Key) => ({ Key }));
    const done = await this.#client.send(
      new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
      limit(),
    );
    const [failed] = done.Errors ?? [];
    if (failed) throw new Error(`An object could not be removed: ${failed.Code ?? ''} ${failed.Message ?? ''}`.trim());
  }

  /** Page by page, in the order of their keys. */
  async *keys(prefix: string): AsyncGenerator<string[]> {
    let from: string | undefined;
    do {
      const input = { Bucket: this.#bucket, Prefix: prefix, ContinuationToken: from };
      const page = await this.#client.send(new ListObjectsV2Command(input), limit());
      yield (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
      from = page.NextContinuationToken;
    } while (from !== undefined);
  }

  async beginUpload(key: string, { contentType, cacheControl }: ObjectFacts): Promise<string> {
    const input = { Bucket: this.#bucket, Key: key, ContentType: contentType, CacheControl: cacheControl };
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(input), limit());
    if (UploadId === undefined) throw new Error('The bucket began an upload without a name for it');
    return UploadId;
  }

  /** @param number from 1. Answers the part's tag, which `completeUpload` needs. */
  async uploadPart(key: string, uploadId: string, number: number, bytes: Uint8Array): Promise<string> {
    const input = { Bucket: this.#bucket, Key: key, UploadId: uploadId, PartNumber: number, Body: bytes };
    const { ETag } = await this.#client.send(
      new UploadPartCommand({ ...input, ContentLength: bytes.byteLength }),
      limit(),
    );
    if (ETag === undefined) throw new Error('The bucket took a part without a tag for it');
    return ETag;
  }

  async completeUpload(key: string, uploadId: string, tags: readonly string[]): Promise<void> {
    const Parts = tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    const input = { Bucket: this.#bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts } };
    await this.#client.send(new CompleteMultipartUploadCommand(input), limit());
  }

  async abortUpload(key: string, uploadId: string): Promise<void> {
    const input = { Bucket: this.#bucket, Key: key, UploadId: uploadId };
    await this.#client.send(new AbortMultipartUploadCommand(input), limit());
  }

  /** Begun and neither completed nor aborted: what a crash leaves, invisible among the objects. */
  async unfinishedUploads(prefix: string): Promise<UnfinishedUpload[]> {
    const found = await this.#client.send(
      new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix }),
      limit(),
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

const limit = (): { abortSignal: AbortSignal } => ({ abortSignal: AbortSignal.timeout(CALL_MS) });
