import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, mkdir, open, readFile, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { StoredFile } from '@lumenfall/contracts';
import { contentTypeOf } from './content-type.js';
import { newFileName, parseFileName } from './file-name.js';

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

/** Files that live for a while, in one folder that every process which makes or serves media can see. */
export interface MediaStore {
  /** Either the whole file is there under its name, durably, or none of it is. */
  save(bytes: Uint8Array, options: SaveOptions): Promise<StoredFile>;
  /** Null: unknown, malformed or expired; a caller cannot tell which. */
  open(name: string): Promise<OpenFile | null>;
  /** True where there was such a file. */
  remove(name: string): Promise<boolean>;
  /** Removes what expired before `now` (Unix ms) and what a crash left half-written. Answers how many files went. */
  sweep(now: number): Promise<number>;
}

const PART_SUFFIX = '.part';
const ABANDONED_PART_MS = 3_600_000;

/** Makes the folder where it is missing. Rejects with one line for the operator where it cannot be written. */
export async function openMediaStore({ dir }: { dir: string }): Promise<MediaStore> {
  try {
    await makeFolder(dir);
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `The media folder ${dir} cannot be written: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
      {
        cause: error,
      },
    );
  }

  async function save(bytes: Uint8Array, options: SaveOptions): Promise<StoredFile> {
    const name = newFileName(options);
    const part = join(dir, `${randomUUID()}${PART_SUFFIX}`);
    try {
      const file = await open(part, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, join(dir, name));
    } catch (error) {
      await removeFile(part);
      throw error;
    }
    await syncFolder(dir);
    return { name, contentType: options.contentType, sizeBytes: bytes.byteLength, expiresAt: options.expiresAt };
  }

  async function openFile(name: string): Promise<OpenFile | null> {
    const parsed = parseFileName(name);
    if (parsed === null || parsed.expiresAt <= Date.now()) return null;
    const path = join(dir, name);
    const found = await stat(path).catch(missingAsNull);
    if (found === null || !found.isFile()) return null;
    return {
      sizeBytes: found.size,
      contentType: contentTypeOf(parsed.extension),
      expiresAt: parsed.expiresAt,
      stream: (range) => createReadStream(path, range),
      bytes: () => readFile(path),
    };
  }

  async function sweep(now: number): Promise<number> {
    let removed = 0;
    for (const name of await readdir(dir)) {
      const expiresAt = parseFileName(name)?.expiresAt ?? (await endOfPart(join(dir, name)));
      if (expiresAt !== null && expiresAt <= now && (await removeFile(join(dir, name)))) removed += 1;
    }
    return removed;
  }

  return {
    save,
    open: openFile,
    remove: async (name) => parseFileName(name) !== null && (await removeFile(join(dir, name))),
    sweep,
  };
}

/** With the folders above it. (Node's own `recursive` never returns where a file system refuses new folders with ENOENT.) */
async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || (await exists(dirname(dir)))) throw error;
    await makeFolder(dirname(dir));
    await mkdir(dir, { mode: 0o700 });
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(missingAsNull)) !== null;
}

/** When a half-written file may be taken for abandoned; null for what is not ours. */
async function endOfPart(path: string): Promise<number | null> {
  if (!path.endsWith(PART_SUFFIX)) return null;
  const found = await stat(path).catch(missingAsNull);
  return found === null ? null : found.mtimeMs + ABANDONED_PART_MS;
}

async function removeFile(path: string): Promise<boolean> {
  const removed = await unlink(path).catch(missingAsNull);
  return removed !== null;
}

/** Makes the rename itself survive a power cut. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function missingAsNull(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}
