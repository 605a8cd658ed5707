import type { VideoReference, VideoRequest } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import type { Logger } from '@lumenfall/service-kit';
import type { VideoRow } from '@lumenfall/videos';

/**
 * The request as a provider adapter takes it, with the stored reference images as data URIs. Null if a reference image
 * is no longer in the media store.
 */
export async function withReferenceImages(
  request: NonNullable<VideoRow['request']>,
  store: Pick<MediaStore, 'open'>,
): Promise<VideoRequest | null> {
  const read = async (reference: VideoReference): Promise<string | null> => {
    if (typeof reference === 'string') return reference;
    const file = await store.open(reference.name);
    if (file === null) return null;
    const bytes = Buffer.from(await file.bytes());
    return `data:${reference.contentType};base64,${bytes.toString('base64')}`;
  };
  const references = await Promise.all(request.inputReferences.map(read));
  const inputReferences = references.filter((reference) => reference !== null);
  return inputReferences.length < references.length ? null : { ...request, inputReferences };
}

/**
 * Removes the stored reference images of a video in a terminal state. What is not removed expires after the video's
 * deadline.
 */
export async function removeReferenceImages(
  { requestId, request }: VideoRow,
  { store, log }: { store: Pick<MediaStore, 'remove'>; log: Logger },
): Promise<void> {
  for (const reference of request?.inputReferences ?? []) {
    if (typeof reference === 'string') continue;
    await store.remove(reference.name).catch((error: unknown) => {
      log.warn({ err: error, requestId }, 'a reference image was not removed; it expires');
    });
  }
}
