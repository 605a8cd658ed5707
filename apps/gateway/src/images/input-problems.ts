import { apiError, type ApiError, type InputImage } from '@lumenfall/contracts';
import type { InspectedImage, ImageVerdict } from '@lumenfall/media';
import type { ClientFileProblem } from '@lumenfall/providers';

/** 50 MB for a file, and for all files of a request together what a worker can hold. */
export const MOST_FILE_BYTES = 50 * 1024 * 1024;
export const MOST_REQUEST_BYTES = 256 * 1024 * 1024;

/** What is said of pictures that cannot be worked on; `field` is the one that held it. */
export const notAPicture = (field: string): ApiError =>
  refuse(field, 'Invalid image file provided: expected PNG, JPEG, WebP or GIF');

export const tooLarge = (field: string): ApiError =>
  apiError('PAYLOAD_TOO_LARGE', `${field}: the file is too large: at most 50 MB`, { param: field });

export const tooMuch = (field: string): ApiError =>
  apiError('PAYLOAD_TOO_LARGE', `${field}: the files are too large: at most 256 MB together`, { param: field });

export function problemOfVerdict(field: string, { reason }: Extract<ImageVerdict, { ok: false }>): ApiError {
  if (reason === 'too-large') return refuse(field, 'the picture has too many pixels: at most 50 megapixels');
  if (reason === 'damaged') return refuse(field, 'Invalid image file provided: it is damaged or incomplete');
  return notAPicture(field);
}

export function problemOfAddress(field: string, found: ClientFileProblem): ApiError {
  if (found.problem === 'not-allowed') {
    return refuse(field, 'the address is not allowed: expected https, on the public internet');
  }
  if (found.problem === 'too-slow') return refuse(field, 'the picture could not be fetched in time');
  return refuse(field, `the picture could not be fetched${found.status === null ? '' : ` (HTTP ${found.status})`}`);
}

export const badDataUri = (field: string): ApiError =>
  refuse(field, 'expected a data URI of a picture, such as data:image/png;base64,...');

export const badReference = (field: string): ApiError =>
  refuse(field, 'expected an https address, a data URI or base64');

/** Null for a mask that fits: a PNG that can be transparent, of the first picture's size. */
export function problemOfMask(mask: InspectedImage, first: Pick<InputImage, 'width' | 'height'>): ApiError | null {
  if (mask.contentType !== 'image/png') return refuse('mask', 'expected a PNG');
  if (!mask.hasAlpha) return refuse('mask', 'expected a PNG with an alpha channel: transparent where to edit');
  if (mask.width === first.width && mask.height === first.height) return null;
  const [wanted, got] = [first, mask].map(({ width, height }) => `${width}x${height}`);
  return refuse('mask', `expected the size of the image, ${wanted}, but it has ${got}`);
}

const refuse = (field: string, message: string): ApiError =>
  apiError('INVALID_REQUEST', `${field}: ${message}`, { param: field });
