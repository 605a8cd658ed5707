import type { AnswerMetadata, GeneratedImage, ImagesAnswer } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import type { MediaAddress } from '../media/media-address.js';
import type { ImageForms } from './response-format.js';

export interface FinishedImages {
  id: string;
  /** Unix seconds. */
  created: number;
  images: GeneratedImage[];
  metadata: AnswerMetadata;
}

/** Null where a file is no longer there to be read: the answer cannot be given as it was asked for. */
export async function presentImages(
  finished: FinishedImages,
  forms: ImageForms,
  media: Pick<MediaStore, 'open'>,
  addressOf: MediaAddress,
): Promise<ImagesAnswer | null> {
  const data: ImagesAnswer['data'] = [];
  for (const image of finished.images) {
    const b64 = forms.b64Json ? await base64Of(image.file.name, media) : undefined;
    if (b64 === null) return null;
    data.push({
      ...(forms.url && { url: addressOf(image.file.name) }),
      ...(b64 !== undefined && { b64_json: b64 }),
      ...(image.revisedPrompt !== null && { revised_prompt: image.revisedPrompt }),
    });
  }
  const first = finished.images[0];
  return {
    id: finished.id,
    created: finished.created,
    size: first === undefined ? '' : `${first.width}x${first.height}`,
    output_format: first?.format ?? '',
    data,
    metadata: finished.metadata,
  };
}

async function base64Of(name: string, media: Pick<MediaStore, 'open'>): Promise<string | null> {
  const file = await media.open(name);
  return file === null ? null : Buffer.from(await file.bytes()).toString('base64');
}
