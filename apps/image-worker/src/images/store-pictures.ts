import type { GeneratedImage } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import type { FinishedPicture } from './finish-picture.js';

/**
 * Stores all pictures, or none: what was stored before a failure is removed again.
 *
 * @param keepMs how long each may be had under its address
 */
export async function storePictures(
  store: MediaStore,
  pictures: readonly FinishedPicture[],
  keepMs: number,
): Promise<GeneratedImage[]> {
  const expiresAt = Date.now() + keepMs;
  const stored = await Promise.allSettled(
    pictures.map(async ({ bytes, contentType, extension, width, height, format, revisedPrompt }) => {
      const file = await store.save(bytes, { contentType, extension, expiresAt });
      return { file, width, height, format, revisedPrompt };
    }),
  );
  const images = stored.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = stored.find((result) => result.status === 'rejected');
  if (failed === undefined) return images;
  await removeImages(store, images);
  throw failed.reason;
}

export async function removeImages(store: MediaStore, images: readonly GeneratedImage[]): Promise<void> {
  await Promise.all(images.map(({ file }) => store.remove(file.name)));
}
