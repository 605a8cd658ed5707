import { apiError, type ApiError, type VideoBody } from '@lumenfall/contracts';
import { sniffContentType } from '@lumenfall/media';
import { badDataUri, notAnImage } from '../uploads/image-problems.js';
import { readReference } from '../uploads/image-source.js';

/**
 * What is wrong with the reference pictures of a video, so that nobody waits for a video that cannot be made; null: nothing that can
 * be seen from here. Addresses are fetched by the provider.
 */
export async function problemOfReferences(given: VideoBody['input_reference']): Promise<ApiError | null> {
  const several = Array.isArray(given);
  for (const [index, { image_url: text }] of [given ?? []].flat().entries()) {
    const field = several ? `input_reference[${index}].image_url` : 'input_reference.image_url';
    const problem = await problemOf(field, text);
    if (problem !== null) return problem;
  }
  return null;
}

async function problemOf(field: string, text: string): Promise<ApiError | null> {
  if (/^https?:\/\//i.test(text)) return URL.canParse(text) ? null : noReference(field);
  if (!/^data:/i.test(text)) return noReference(field);
  const read = readReference(field, text);
  if (!read.ok) return read.error;
  if (read.value.kind !== 'bytes') return badDataUri(field);
  const kind = await sniffContentType(read.value.bytes);
  return kind?.contentType.startsWith('image/') ? null : notAnImage(field);
}

const noReference = (field: string): ApiError =>
  apiError('INVALID_REQUEST', `${field}: expected an https address, or a data URI of a picture`, { param: field });
