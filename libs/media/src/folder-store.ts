import type { StoredFile } from '@lumenfall/contracts';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, mkdir, open, readFile, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { contentTypeOf } from './content-type.js';
import { newFileName, parseFileName } from './file-name.js';
import { atMost, TooLong, type MediaStore, type OpenFile, type SaveOptions } from './media-store.js';

const PART_SUFFIX = '.part';
const ABANDONED_PART_MS = 3_600_000;
/** Media files are a megabyte or more; Node's default of 64 KiB would need many reads for each. */
const READ_BYTES = 256 * 1024;

/** Creates the folder if it is missing. Rejects with a one-line error for the operator if it is not writable. */
export async function openFolderStore(dir: string): Promise<MediaStore> {
  try {
    await createFolder(dir);
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Error(
      `The media folder ${dir} cannot be written: ${reason}. Set MEDIA_DIR to a folder that this user may write to`,
      { cause: error },
    );
  }

  async function save(bytes: Uint8Array | AsyncIterable<Uint8Array>, options: SaveOptions): Promise<StoredFile> {
    const { contentType, expiresAt } = options;
    const name = newFileName(options);
    const part = join(dir, `${randomUUID()}${PART_SUFFIX}`);
    let path = part;
    try {
      const file = await open(part, 'wx', 0o600);
      try {
        await writeFile(file, bytes);
        const { size: sizeBytes } = await file.stat();
        await rename(part, (path = join(dir, name)));
        // Both at once, so that the file system can combine the writes. The name is returned only afterwards.
        await Promise.all([file.sync(), syncFolder(dir)]);
        return { name, contentType, sizeBytes, expiresAt };
      } finally {
        await file.close();
      }
    } catch (error) {
      await removeFile(path);
      throw error;
    }
  }

  async function saveStream(
    bytes: AsyncIterable<Uint8Array>,
    { maxBytes, ...options }: SaveOptions & { maxBytes: number },
  ): Promise<StoredFile | null> {
    try {
      return await save(atMost(bytes, maxBytes), options);
    } catch (error) {
      if (error instanceof TooLong) return null;
      throw error;
    }
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
      stream: (range) => createReadStream(path, { ...range, highWaterMark: READ_BYTES }),
      bytes: () => readFile(path),
    };
  }

  async function sweep(now: number): Promise<number> {
    let removed = 0;
    for (const name of await readdir(dir)) {
      const expiresAt = parseFileName(name)?.expiresAt ?? (await partExpiry(join(dir, name)));
      if (expiresAt !== null && expiresAt <= now && (await removeFile(join(dir, name)))) removed += 1;
    }
    return removed;
  }

  return {
    save,
    saveStream,
    open: openFile,
    remove: async (name) => parseFileName(name) !== null && (await removeFile(join(dir, name))),
    sweep,
    close: async () => undefined,
  };
}

/**
 * Creates the parents too. (`mkdir` with `recursive` never returns on file systems that refuse new folders with
 * ENOENT.)
 */
async function createFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || (await exists(dirname(dir)))) throw error;
    await createFolder(dirname(dir));
    await mkdir(dir, { mode: 0o700 });
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(missingAsNull)) !== null;
}

/** When a partial file counts as abandoned, in Unix ms; null for other files. */
async function partExpiry(path: string): Promise<number | null> {
  if (!path.endsWith(PART_SUFFIX)) return null;
  const found = await stat(path).catch(missingAsNull);
  return found === null ? null : found.mtimeMs + ABANDONED_PART_MS;
}

async function removeFile(path: string): Promise<boolean> {
  const removed = await unlink(path).catch(missingAsNull);
  return removed !== null;
}

/** Makes the rename durable. */
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
