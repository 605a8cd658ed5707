import type { GeneratedImage, ImageRequest, InputImage } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import type { ImageCallContext, InputFile } from '@lumenfall/providers';
import type { FinishedImage } from './finish-image.js';

/** The input images of a request, in memory while it runs. */
export type InputFiles = Pick<ImageCallContext, 'files' | 'mask'>;

export const NO_FILES: InputFiles = { files: [], mask: null };

/** Reads the input images of a request; null if one has expired. */
export async function readInputs(
  { inputs, mask }: Pick<ImageRequest, 'inputs' | 'mask'>,
  store: Pick<MediaStore, 'open'>,
): Promise<InputFiles | null> {
  const read = async ({ name, contentType, width, height }: InputImage): Promise<InputFile | null> => {
    const file = await store.open(name);
    return file === null ? null : { bytes: await file.bytes(), contentType, width, height };
  };
  const [files, maskFile] = await Promise.all([Promise.all(inputs.map(read)), mask === null ? null : read(mask)]);
  const present = files.filter((file) => file !== null);
  const isComplete = present.length === inputs.length && (mask === null || maskFile !== null);
  return isComplete ? { files: present, mask: maskFile } : null;
}

/**
 * Stores all images or none: if one fails, the others are removed.
 *
 * @param keepMs how long each stays available
 */
export async function storeImages(
  store: MediaStore,
  finished: readonly FinishedImage[],
  keepMs: number,
): Promise<GeneratedImage[]> {
  const expiresAt = Date.now() + keepMs;
  const stored = await Promise.allSettled(
    finished.map(async ({ bytes, contentType, extension, width, height, format, revisedPrompt }) => {
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
