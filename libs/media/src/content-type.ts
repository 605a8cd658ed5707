import { fileTypeFromBuffer } from 'file-type';

export interface ContentType {
  contentType: string;
  /** Without the dot. */
  extension: string;
}

/** The kinds of file that the store holds, and the type each is served with. Others are served as a binary download. */
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
 * Detects the type by the file's signature; declared types are not trusted. Null for every type that is not one of the
 * served image and video types (HTML, SVG, archives and so on).
 */
export async function sniffContentType(bytes: Uint8Array): Promise<ContentType | null> {
  const found = await fileTypeFromBuffer(bytes);
  if (found === undefined) return null;
  // Apple's variant of MP4, which MP4 players open.
  const extension = found.ext === 'm4v' ? 'mp4' : found.ext;
  const contentType = CONTENT_TYPES[extension];
  return contentType === undefined ? null : { contentType, extension };
}
