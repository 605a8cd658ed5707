import type { ImageCallContext, InputFile } from '../spec/index.js';

/** A file inside a JSON body. */
export interface InlineFile {
  /** The type of the bytes; the declared one if the bytes are not recognised. */
  mimeType: string;
  /** Standard base64 on one line, with padding. */
  data: string;
}

/** `data:image/jpeg;base64,` with parameters is shorter. */
const MAX_HEAD_CHARACTERS = 500;
/** Base64 characters that are decoded to recognise a type. */
const SNIFFED_CHARACTERS = 64;

/**
 * A base64 `data:` URI as clients and providers write it: with blanks before it, line breaks in it, the URL-safe
 * alphabet, `image/jpg`, or a media type that the bytes contradict. Null for any other text, and if the base64 part is
 * empty.
 */
export function readDataUri(text: string): InlineFile | null {
  const head = /^\s*data:([^,]*),/i.exec(text.slice(0, MAX_HEAD_CHARACTERS));
  if (head === null) return null;
  const [type = '', ...parameters] = (head[1] ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (!parameters.includes('base64')) return null;
  const data = plainBase64(text.slice(head[0].length));
  return data === '' ? null : { mimeType: mimeTypeOf(type, data), data };
}

/** A base64 `data:` URI in the form that every provider reads; any other text unchanged. */
export function plainDataUri(text: string): string {
  const file = readDataUri(text);
  return file === null ? text : `data:${file.mimeType};base64,${file.data}`;
}

/** The bytes of a base64 `data:` URI; null for any other text. */
export function bytesOfDataUri(uri: string): Uint8Array | null {
  const file = readDataUri(uri);
  return file === null ? null : Buffer.from(file.data, 'base64');
}

/** The bytes of a field that should hold base64 and may hold a `data:` URI; null if nothing can be decoded. */
export function bytesOfBase64(text: string): Uint8Array | null {
  const bytes = /^\s*data:/i.test(text.slice(0, 100)) ? bytesOfDataUri(text) : Buffer.from(text, 'base64');
  return bytes === null || bytes.length === 0 ? null : bytes;
}

/** The media type that the first bytes of a file show; null if they are of no type that we recognise. */
export function mediaTypeOf(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (head.startsWith('\x89PNG')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('GIF8')) return 'image/gif';
  if (head.startsWith('%PDF-')) return 'application/pdf';
  if (head.startsWith('RIFF')) return RIFF[head.slice(8, 12)] ?? null;
  if (head.slice(4, 8) === 'ftyp') return BRANDS[head.slice(8, 12)] ?? 'video/mp4';
  return null;
}

const RIFF: Record<string, string> = { WEBP: 'image/webp', WAVE: 'audio/wav' };
const BRANDS: Record<string, string> = {
  heic: 'image/heic',
  heix: 'image/heic',
  mif1: 'image/heif',
  avif: 'image/avif',
};
/** Names that providers do not accept, and the registered ones. */
const REGISTERED: Record<string, string> = { 'image/jpg': 'image/jpeg', 'image/pjpeg': 'image/jpeg' };

function mimeTypeOf(declared: string, data: string): string {
  const shown = mediaTypeOf(Buffer.from(data.slice(0, SNIFFED_CHARACTERS), 'base64'));
  // An MP4 container may be audio or QuickTime: the declared type is more exact.
  const isRefined = shown === 'video/mp4' && /^(?:audio|video)\//.test(declared);
  if (shown !== null && !isRefined) return shown;
  return REGISTERED[declared] ?? (declared.includes('/') ? declared : 'application/octet-stream');
}

function plainBase64(text: string): string {
  // Most files need no change, and may have many megabytes: this check is one pass.
  if (!/[^A-Za-z0-9+/=]/.test(text) && text.length % 4 === 0) return text;
  const decoded = text.includes('%') ? text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => charOf(hex)) : text;
  const characters = decoded
    .replace(/-/g, '+')
    .replace(/_/g, '/')
    .replace(/[^A-Za-z0-9+/]/g, '');
  return characters + '='.repeat((4 - (characters.length % 4)) % 4);
}

const charOf = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));

/** A file as plain base64. */
export const base64Of = ({ bytes }: Pick<InputFile, 'bytes'>): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** A file as a base64 `data:` URI. */
export const dataUriOf = (file: Pick<InputFile, 'bytes' | 'contentType'>): string =>
  `data:${file.contentType};base64,${base64Of(file)}`;

/** The input images of a call in the form that its provider takes. */
export function sentImages<T>(
  { files, mask }: Pick<ImageCallContext, 'files' | 'mask'>,
  form: (file: InputFile) => T,
): { images: T[]; mask: T | null } {
  return { images: files.map(form), mask: mask === null ? null : form(mask) };
}
