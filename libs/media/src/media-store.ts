import type { StoredFile } from '@lumenfall/contracts';
import type { Readable } from 'node:stream';

export interface SaveOptions {
  contentType: string;
  /** Without the dot. */
  extension: string;
  /** Unix ms; from then on the file cannot be opened, and the next sweep removes it. */
  expiresAt: number;
}

export interface OpenFile {
  sizeBytes: number;
  contentType: string;
  /** Unix ms. */
  expiresAt: number;
  /** `start` and `end` are byte positions, both included. The stream fails if the file is removed before it is read. */
  stream(range?: { start: number; end: number }): Readable;
  bytes(): Promise<Uint8Array>;
}

/** Files with an expiry, visible to every process that makes or serves media. */
export interface MediaStore {
  /** Atomic and durable: either the whole file exists under its name, or nothing does. */
  save(bytes: Uint8Array, options: SaveOptions): Promise<StoredFile>;
  /**
   * As `save`, without holding the whole file in memory. Returns null if the source has more than `maxBytes`, and
   * rejects with the source's error if it fails; nothing is stored in either case.
   */
  saveStream(bytes: AsyncIterable<Uint8Array>, options: SaveOptions & { maxBytes: number }): Promise<StoredFile | null>;
  /** Null for unknown, malformed and expired names alike. */
  open(name: string): Promise<OpenFile | null>;
  /** False if the file did not exist. */
  remove(name: string): Promise<boolean>;
  /**
   * Removes files that expired before `now` (Unix ms) and partial files of crashed processes. Returns the number
   * removed.
   */
  sweep(now: number): Promise<number>;
  close(): Promise<void>;
}

/** Thrown by `atMost`; the stores catch it. */
export class TooLong extends Error {}

/** Passes the pieces through. Throws `TooLong` once there are more than `maxBytes`. */
export async function* atMost(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of source) {
    size += piece.byteLength;
    if (size > maxBytes) throw new TooLong();
    yield piece;
  }
}
