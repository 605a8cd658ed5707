import type { AnswerMetadata, GeneratedImage, ImagesAnswer } from '@lumenfall/contracts';
import type { MediaStore, OpenFile } from '@lumenfall/media';
import type { MediaAddress } from '../media/media-address.js';
import { answerWithFiles, type StreamedAnswer } from './answer-with-files.js';
import type { ImageForms } from './response-format.js';

export interface PresentableImages {
  id: string;
  /** Unix seconds. */
  created: number;
  images: GeneratedImage[];
  metadata: AnswerMetadata;
}

/** Null where a file is no longer there to be read: the answer cannot be given as it was asked for. */
export async function presentImages(
  finished: PresentableImages,
  forms: ImageForms,
  media: Pick<MediaStore, 'open'>,
  addressOf: MediaAddress,
): Promise<ImagesAnswer | StreamedAnswer | null> {
  const answerOf = (b64: string | undefined): ImagesAnswer => answerTo(finished, forms, addressOf, b64);
  if (!forms.b64Json) return answerOf(undefined);
  const opened = await Promise.all(finished.images.map(({ file }) => media.open(file.name)));
  const files = opened.filter((file): file is OpenFile => file !== null);
  return files.length < opened.length ? null : answerWithFiles(answerOf, files);
}

/** @param b64 what every picture's `b64_json` holds */
function answerTo(
  { id, created, images, metadata }: PresentableImages,
  forms: ImageForms,
  addressOf: MediaAddress,
  b64: string | undefined,
): ImagesAnswer {
  const [first] = images;
  return {
    id,
    created,
    size: first === undefined ? '' : `${first.width}x${first.height}`,
    output_format: first?.format ?? '',
    data: images.map(({ file, revisedPrompt }) => ({
      ...(forms.url && { url: addressOf(file.name) }),
      ...(b64 !== undefined && { b64_json: b64 }),
      ...(revisedPrompt !== null && { revised_prompt: revisedPrompt }),
    })),
    metadata,
  };
}
