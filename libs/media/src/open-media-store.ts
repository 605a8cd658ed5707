import { openFolderStore } from './folder-store.js';
import type { MediaStore } from './media-store.js';

/** Opens the store. Rejects with one line for the operator where it cannot be used. */
export async function openMediaStore({ dir }: { dir: string }): Promise<MediaStore> {
  return openFolderStore(dir);
}
