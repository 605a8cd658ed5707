import { apiError, type ApiError, type InputImage } from '@lumenfall/contracts';
import type { ImageVerdict, InspectedImage } from '@lumenfall/media';
import type { ClientFileProblem } from '@lumenfall/providers';

const MB = 1024 * 1024;

export const MOST_FILE_BYTES = 50 * MB;

/** The errors of unusable images. `field` is the field that held the image. */
export const notAnImage = (field: string): ApiError =>
  refuse(field, 'Invalid image file provided: expected PNG, JPEG, WebP or GIF');

export const tooLarge = (field: string): ApiError =>
  apiError('PAYLOAD_TOO_LARGE', `${field}: the file is too large: at most 50 MB`, { param: field });

export const tooMuch = (field: string, mostBytes: number): ApiError => {
  const message = `${field}: the files are too large: at most ${Math.floor(mostBytes / MB)} MB together`;
  return apiError('PAYLOAD_TOO_LARGE', message, { param: field });
};

export function problemOfVerdict(field: string, { reason }: Extract<ImageVerdict, { ok: false }>): ApiError {
  if (reason === 'too-large') return refuse(field, 'the image has too many pixels: at most 50 megapixels');
  if (reason === 'damaged') return refuse(field, 'Invalid image file provided: it is damaged or incomplete');
  return notAnImage(field);
}

export function problemOfAddress(field: string, found: ClientFileProblem): ApiError {
  if (found.problem === 'not-allowed') {
    return refuse(field, 'the address is not allowed: expected https, on the public internet');
  }
  if (found.problem === 'too-slow') return refuse(field, 'the image could not be fetched within 30 seconds');
  return refuse(field, `the image could not be fetched${found.status === null ? '' : ` (HTTP ${found.status})`}`);
}

export const badDataUri = (field: string): ApiError =>
  refuse(field, 'expected a data URI of an image, such as data:image/png;base64,...');

export const badReference = (field: string): ApiError =>
  refuse(field, 'expected an https address, a data URI or base64');

/** Null for a usable mask: a PNG with an alpha channel, of the first image's size. */
export function problemOfMask(
  mask: Pick<InspectedImage, 'contentType' | 'hasAlpha' | 'width' | 'height'>,
  first: Pick<InputImage, 'width' | 'height'>,
): ApiError | null {
  if (mask.contentType !== 'image/png') return refuse('mask', 'expected a PNG');
  if (!mask.hasAlpha) return refuse('mask', 'expected a PNG with an alpha channel: transparent where to edit');
  if (mask.width === first.width && mask.height === first.height) return null;
  const [wanted, got] = [first, mask].map(({ width, height }) => `${width}x${height}`);
  return refuse('mask', `expected the size of the image, ${wanted}, but it has ${got}`);
}

const refuse = (field: string, message: string): ApiError =>
  apiError('INVALID_REQUEST', `${field}: ${message}`, { param: field });
