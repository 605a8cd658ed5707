import { openFolderStore } from './folder-store.js';
import { readMediaLocation, type MediaPlace } from './media-location.js';
import type { MediaStore } from './media-store.js';

/** Opens the store in a folder or a bucket. Rejects with one line for the operator where it cannot be used. */
export async function openMediaStore(place: MediaPlace): Promise<MediaStore> {
  const location = readMediaLocation(place);
  if (location.kind === 'folder') return openFolderStore(location.dir);
  // Loaded only where it is used: the client of S3 is large.
  const { openBucketStore } = await import('./bucket-store.js');
  return openBucketStore(location);
}
