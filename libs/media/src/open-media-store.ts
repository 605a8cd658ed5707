import { openFolderStore } from './folder-store.js';
import { readMediaLocation, type MediaVariables } from './media-location.js';
import type { MediaStore } from './media-store.js';

/** The media store cannot be used as configured. The message is one line for the operator, printed without a stack. */
export class MediaRefused extends Error {
  override readonly name = 'MediaRefused';
  readonly forOperator = true;
}

/** Opens the store in a folder or a bucket. Rejects with `MediaRefused` if it cannot be used. */
export async function openMediaStore(variables: MediaVariables): Promise<MediaStore> {
  try {
    const location = readMediaLocation(variables);
    if (location.kind === 'folder') return await openFolderStore(location.dir);
    // Imported on demand: the S3 client is large.
    const { openBucketStore } = await import('./bucket-store.js');
    return await openBucketStore(location);
  } catch (error) {
    throw new MediaRefused(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
