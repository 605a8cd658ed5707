import { fail, succeed, type Result } from '@lumenfall/contracts';
import { badDataUri, badReference, MOST_FILE_BYTES, tooLarge } from './image-problems.js';

/** A file of the request that is in the media store. */
export interface UploadedFile {
  name: string;
  sizeBytes: number;
  /** Of the bytes as they were sent, hex. */
  sha256: string;
}

/** Where to find an image of the request, before it is inspected. `field` names it in errors. */
export type ImageSource = { field: string } & (
  { kind: 'uploaded'; file: UploadedFile } | { kind: 'address'; url: string } | { kind: 'bytes'; bytes: Uint8Array }
);

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** Reads a text that stands for an image: an address, a data URI, or plain base64. */
export function readReference(field: string, text: string): Result<ImageSource> {
  const value = text.trim();
  if (/^data:/i.test(value)) return readDataUri(field, value);
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(value)) return succeed({ field, kind: 'address', url: value });
  const packed = value.replace(/\s+/g, '');
  if (!BASE64.test(packed)) return fail(badReference(field));
  return ofBase64(field, packed);
}

function readDataUri(field: string, uri: string): Result<ImageSource> {
  const comma = uri.indexOf(',');
  const [type = '', ...parameters] = uri
    .slice('data:'.length, comma)
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (comma < 0 || !type.startsWith('image/') || parameters.at(-1) !== 'base64') return fail(badDataUri(field));
  const packed = uri.slice(comma + 1).replace(/\s+/g, '');
  return BASE64.test(packed) ? ofBase64(field, packed) : fail(badDataUri(field));
}

function ofBase64(field: string, packed: string): Result<ImageSource> {
  const bytes = Buffer.from(packed, 'base64');
  return bytes.length > MOST_FILE_BYTES ? fail(tooLarge(field)) : succeed({ field, kind: 'bytes', bytes });
}
