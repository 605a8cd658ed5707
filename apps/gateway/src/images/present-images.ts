import type { AnswerMetadata, GeneratedImage, ImageBody, ImagesAnswer, ImageUsage } from '@lumenfall/contracts';
import type { MediaStore, OpenFile } from '@lumenfall/media';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { MediaAddress } from '../media/media-address.js';

export interface ImageForms {
  url: boolean;
  b64Json: boolean;
}

/**
 * The forms in which images are answered: `url` by default. OpenAI's API always answers its own image models in base64,
 * and SDKs that know their names do not ask for it, so both forms are sent for these models if the body names neither.
 */
export function formsOf(body: Pick<ImageBody, 'model' | 'response_format'>): ImageForms {
  if (body.response_format === 'b64_json') return { url: false, b64Json: true };
  if (body.response_format === 'url') return { url: true, b64Json: false };
  const name = body.model.split('/').at(-1) ?? body.model;
  return { url: true, b64Json: /^(?:chat)?gpt-image-/.test(name) };
}

/**
 * Vercel's AI SDK reads only base64. It requests that for generations but not for edits, so edits recognise the SDK by
 * its user agent, `ai/6.0.1 ai-sdk/provider-utils/4.0.1 ...`.
 */
export function readsOnlyBase64(userAgent: string | undefined): boolean {
  return /(?:^|\s)ai(?:-sdk\/[\w-]+)?\/\d/.test(userAgent ?? '');
}

export interface PresentableImages {
  id: string;
  /** Unix seconds. */
  created: number;
  images: GeneratedImage[];
  metadata: AnswerMetadata;
  usage?: ImageUsage | undefined;
}

/** Null if a file that is to be sent in base64 no longer exists. */
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

/** @param b64 the `b64_json` of every image */
function answerTo(
  { id, created, images, metadata, usage }: PresentableImages,
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
    ...(usage !== undefined && { usage }),
    metadata,
  };
}

/** A JSON answer that is generated while it is sent. */
export interface StreamedAnswer {
  sizeBytes: number;
  body: Readable;
}

/**
 * An answer with the base64 of files, streamed one after the other without holding a whole file in memory. If a file
 * cannot be read to its end, the answer is shorter than its announced length.
 *
 * @param answerOf the answer with the given text in place of every file
 */
export function answerWithFiles(answerOf: (placeholder: string) => object, files: readonly OpenFile[]): StreamedAnswer {
  // Random, so that no prompt can contain it.
  const placeholder = randomUUID();
  const texts = JSON.stringify(answerOf(placeholder)).split(placeholder);
  const textBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const sizeBytes = files.reduce((sum, file) => sum + Math.ceil(file.sizeBytes / 3) * 4, textBytes);
  return { sizeBytes, body: Readable.from(pieces(texts, files), { objectMode: false }) };
}

async function* pieces(texts: readonly string[], files: readonly OpenFile[]): AsyncGenerator<Buffer> {
  for (const [index, text] of texts.entries()) {
    yield Buffer.from(text);
    const file = files[index];
    if (file !== undefined) yield* base64Of(file.stream());
  }
}

/** Encodes whole groups of three bytes and carries the remainder over to the next piece. */
async function* base64Of(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const piece of bytes) {
    const joined =
      rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([rest, piece]);
    const whole = joined.length - (joined.length % 3);
    // A copy, because the source may reuse its buffer.
    rest = Buffer.from(joined.subarray(whole));
    if (whole > 0) yield Buffer.from(joined.toString('base64', 0, whole), 'latin1');
  }
  if (rest.length > 0) yield Buffer.from(rest.toString('base64'), 'latin1');
}
