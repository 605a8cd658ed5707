import { bytesOfBase64, failed, mediaTypeOf, type ProviderHttp } from '../http/index.js';
import { holdsError, readErrorBody } from '../http/error-body.js';
import { isRecord } from '../json/fields.js';
import type { MediaSource, Outcome, ProviderImage } from '../spec/index.js';

/** What an answer contains, whatever its shape. */
export interface FoundImages {
  images: ProviderImage[];
  /** The entries of `images`, in the same order; an entry that is only a text is `{}`. */
  entries: Record<string, unknown>[];
  /** An entry is marked as withheld by the provider's moderation. */
  isModerated: boolean;
  /** A place where images are expected holds something that cannot be read. */
  isUnreadable: boolean;
}

/** Where providers and OpenAI-compatible servers put images; the first place that holds any counts. */
const PLACES = [
  'data',
  'images',
  'image',
  'output',
  'outputs',
  'result',
  'results',
  'artifacts',
  'predictions',
] as const;
const BASE64_FIELDS = [
  'b64_json',
  'base64',
  'b64',
  'image_base64',
  'imageBase64Data',
  'imageBase64',
  'imageDataURI',
  'bytesBase64Encoded',
] as const;
const URL_FIELDS = ['url', 'image_url', 'imageURL', 'imageUrl', 'uri', 'sample'] as const;
const INLINE_FIELDS = ['inlineData', 'inline_data'] as const;
/** The `message` of a good answer. */
const MEANINGLESS = /^(?:ok|success|succeeded|successful|successfully|done|completed)\W*$/i;
/** `result.data[0].image.url` is as deep as servers nest. */
const MAX_DEPTH = 4;

/**
 * Finds the images of an answer: `{"data": [{"b64_json" or "url"}]}`, `{"images": [{...}]}`, `{"images": ["..."]}`,
 * `{"output": [{"url"}]}`, `{"output": "..."}`, `inline_data`, and base64 fields that hold a data URI.
 */
export function findImages(body: unknown): FoundImages {
  const found: FoundImages = { images: [], entries: [], isModerated: false, isUnreadable: !isRecord(body) };
  if (Array.isArray(body)) found.isUnreadable = false;
  collect(body, found, 0);
  return found;
}

/**
 * The failure of an answer without an image: withheld by the moderation, the error that it reports although its status
 * was good, or `empty` with the words that came instead.
 */
export function withoutImage(
  body: unknown,
  { isModerated, isUnreadable }: Pick<FoundImages, 'isModerated' | 'isUnreadable'>,
  http: Pick<ProviderHttp, 'failureIn'>,
): Outcome<never> {
  if (isModerated) return failed('moderation', 'The provider refused the content');
  if (holdsError(body)) return { ok: false, error: http.failureIn(body) };
  const message = isRecord(body) ? readErrorBody(body).message : null;
  if (message !== null && !MEANINGLESS.test(message)) return { ok: false, error: http.failureIn(body, 'empty') };
  if (isUnreadable) return failed('transient', 'The provider sent an answer that cannot be read');
  return failed('empty', 'The provider returned no image');
}

function collect(value: unknown, found: FoundImages, depth: number): void {
  if (depth > MAX_DEPTH || value === null || value === undefined) return;
  if (Array.isArray(value)) {
    for (const entry of value) collect(entry, found, depth + 1);
  } else if (isRecord(value)) collectEntry(value, found, depth);
  else {
    const source = typeof value === 'string' ? sourceOfText(value) : null;
    if (source !== null) add(found, source, {});
    else if (depth > 0 && value !== '') found.isUnreadable = true;
  }
}

function collectEntry(entry: Record<string, unknown>, found: FoundImages, depth: number): void {
  if (isWithheld(entry)) {
    found.isModerated = true;
    return;
  }
  const source = sourceOfEntry(entry);
  if (source !== null) {
    add(found, source, entry);
    return;
  }
  const before = found.images.length;
  for (const place of PLACES) {
    collect(entry[place], found, depth + 1);
    if (found.images.length > before) return;
  }
}

function add(found: FoundImages, source: MediaSource, entry: Record<string, unknown>): void {
  const revised = entry['revised_prompt'];
  found.images.push({ source, revisedPrompt: typeof revised === 'string' && revised !== '' ? revised : null });
  found.entries.push(entry);
}

/** xAI's and Runware's marks of an image that did not pass the moderation. */
function isWithheld(entry: Record<string, unknown>): boolean {
  return entry['respect_moderation'] === false || entry['NSFWContent'] === true;
}

function sourceOfEntry(entry: Record<string, unknown>): MediaSource | null {
  for (const name of BASE64_FIELDS) {
    const text = entry[name];
    const source = typeof text === 'string' ? (linkIn(text) ?? bytesIn(text)) : null;
    if (source !== null) return source;
  }
  for (const name of INLINE_FIELDS) {
    const inline = entry[name];
    const source = isRecord(inline) && typeof inline['data'] === 'string' ? bytesIn(inline['data']) : null;
    if (source !== null) return source;
  }
  for (const name of URL_FIELDS) {
    const link = entry[name];
    const text = isRecord(link) ? link['url'] : link;
    const source = typeof text === 'string' ? sourceOfText(text) : null;
    if (source !== null) return source;
  }
  return null;
}

/** A URL, a data URI, or base64 that begins like an image; null for any other text. */
export function sourceOfText(text: string): MediaSource | null {
  const link = linkIn(text);
  if (link !== null) return link;
  if (/^\s*data:/i.test(text)) return bytesIn(text);
  const head = Buffer.from(text.slice(0, 64), 'base64');
  return mediaTypeOf(head)?.startsWith('image/') === true ? bytesIn(text) : null;
}

export function linkIn(text: string): { kind: 'url'; url: string } | null {
  const url = text.slice(0, 4_096).trim();
  return /^https?:\/\/\S+$/i.test(url) ? { kind: 'url', url } : null;
}

function bytesIn(text: string): MediaSource | null {
  const bytes = bytesOfBase64(text);
  return bytes === null ? null : { kind: 'bytes', bytes };
}
