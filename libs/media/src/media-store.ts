import type { StoredFile } from '@lumenfall/contracts';
import type { Readable } from 'node:stream';

export interface SaveOptions {
  contentType: string;
  /** Without the dot. */
  extension: string;
  /** Unix ms; the file cannot be opened from then on, and is removed by the next sweep. */
  expiresAt: number;
}

export interface OpenFile {
  sizeBytes: number;
  contentType: string;
  /** Unix ms. */
  expiresAt: number;
  /** `start` and `end` are byte positions, both included. The stream fails if the file is removed before it starts. */
  stream(range?: { start: number; end: number }): Readable;
  bytes(): Promise<Uint8Array>;
}

/** Files that live for a while, where every process which makes or serves media can see them. */
export interface MediaStore {
  /** Either the whole file is there under its name, durably, or none of it is. */
  save(bytes: Uint8Array, options: SaveOptions): Promise<StoredFile>;
  /**
   * As `save`, without holding the bytes in memory. Null where there are more than `maxBytes`; then, and where the source
   * breaks off (its error is thrown on), nothing is kept.
   */
  saveStream(bytes: AsyncIterable<Uint8Array>, options: SaveOptions & { maxBytes: number }): Promise<StoredFile | null>;
  /** Null: unknown, malformed or expired; a caller cannot tell which. */
  open(name: string): Promise<OpenFile | null>;
  /** True where there was such a file. */
  remove(name: string): Promise<boolean>;
  /** Removes what expired before `now` (Unix ms) and what a crash left half-written. Answers how many files went. */
  sweep(now: number): Promise<number>;
  close(): Promise<void>;
}

/** Ends a stream that is longer than it may be. Only ever seen by the store that threw it. */
export class TooLong extends Error {}

/** Passes the pieces on. Throws `TooLong` at the first byte too many. */
export async function* atMost(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of source) {
    size += piece.byteLength;
    if (size > maxBytes) throw new TooLong();
    yield piece;
  }
}
