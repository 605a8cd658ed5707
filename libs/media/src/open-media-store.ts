import { openFolderStore } from './folder-store.js';
import { readMediaLocation, type MediaPlace } from './media-location.js';
import { MediaRefused } from './media-refused.js';
import type { MediaStore } from './media-store.js';

/** Opens the store in a folder or a bucket. Rejects with `MediaRefused`, one line, where it cannot be used. */
export async function openMediaStore(place: MediaPlace): Promise<MediaStore> {
  try {
    const location = readMediaLocation(place);
    if (location.kind === 'folder') return await openFolderStore(location.dir);
    // Loaded only where it is used: the client of S3 is large.
    const { openBucketStore } = await import('./bucket-store.js');
    return await openBucketStore(location);
  } catch (error) {
    throw new MediaRefused(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
