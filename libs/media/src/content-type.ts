import { fileTypeFromBuffer } from 'file-type';

export interface ContentType {
  contentType: string;
  /** Without the dot. */
  extension: string;
}

/** What the store may hold, and how each kind is served. Anything else is served as bytes to download. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
  mp4: 'video/mp4',
  webm: 'video/webm',
};

export function contentTypeOf(extension: string): string {
  return CONTENT_TYPES[extension] ?? 'application/octet-stream';
}

/**
 * What the bytes are, by their own signature: never by what a provider says they are. Null for everything that is not one
 * of the image and video kinds we hand out (HTML, SVG, archives ...).
 */
export async function sniffContentType(bytes: Uint8Array): Promise<ContentType | null> {
  const found = await fileTypeFromBuffer(bytes);
  if (found === undefined) return null;
  // Apple's flavours of the same container, which every player of MP4 opens.
  const extension = found.ext === 'm4v' ? 'mp4' : found.ext;
  const contentType = CONTENT_TYPES[extension];
  return contentType === undefined ? null : { contentType, extension };
}
