import { fail, succeed, type Result } from '@lumenfall/contracts';
import { badDataUri, badReference, MOST_FILE_BYTES, tooLarge } from './input-problems.js';

/** A file of the request that is in the store already. */
export interface UploadedFile {
  name: string;
  sizeBytes: number;
  /** Hex. */
  sha256: string;
}

/** Where a picture is, before anybody has looked at it; `field` names it towards the client. */
export type PictureSource = { field: string } & (
  { kind: 'uploaded'; file: UploadedFile } | { kind: 'address'; url: string } | { kind: 'bytes'; bytes: Uint8Array }
);

/** The pictures of an edit, in the order given. */
export interface EditSources {
  inputs: PictureSource[];
  mask: PictureSource | null;
}

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** Reads what stands for a picture in JSON or in a text field: an address, a data URI, or plain base64. */
export function readReference(field: string, text: string): Result<PictureSource> {
  const value = text.trim();
  if (/^data:/i.test(value)) return readDataUri(field, value);
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(value)) return succeed({ field, kind: 'address', url: value });
  const packed = value.replace(/\s+/g, '');
  if (!BASE64.test(packed)) return fail(badReference(field));
  return ofBase64(field, packed);
}

function readDataUri(field: string, uri: string): Result<PictureSource> {
  const comma = uri.indexOf(',');
  const [type = '', ...parameters] = uri.slice('data:'.length, comma).toLowerCase().split(';');
  if (comma < 0 || !type.startsWith('image/') || parameters.at(-1) !== 'base64') return fail(badDataUri(field));
  const packed = uri.slice(comma + 1).replace(/\s+/g, '');
  return BASE64.test(packed) ? ofBase64(field, packed) : fail(badDataUri(field));
}

function ofBase64(field: string, packed: string): Result<PictureSource> {
  const bytes = Buffer.from(packed, 'base64');
  return bytes.length > MOST_FILE_BYTES ? fail(tooLarge(field)) : succeed({ field, kind: 'bytes', bytes });
}
