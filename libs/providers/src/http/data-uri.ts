import type { ImageCallContext, InputFile } from '../spec/index.js';

/** A file as plain base64. */
export const base64Of = ({ bytes }: Pick<InputFile, 'bytes'>): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** A file as a base64 `data:` URI. */
export const dataUriOf = (file: Pick<InputFile, 'bytes' | 'contentType'>): string =>
  `data:${file.contentType};base64,${base64Of(file)}`;

/** The input pictures of a call in the form that its provider takes. */
export function sentPictures<T>(
  { files, mask }: Pick<ImageCallContext, 'files' | 'mask'>,
  form: (file: InputFile) => T,
): { images: T[]; mask: T | null } {
  return { images: files.map(form), mask: mask === null ? null : form(mask) };
}
