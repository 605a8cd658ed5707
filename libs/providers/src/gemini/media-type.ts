/** The media type of a file's bytes, by how they begin; null for what Gemini would not take either. */
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
