import type { ChatBody } from '@lumenfall/contracts';
import { partsOf, readDataUri } from '../chat/message-parts.js';
import { failed, fetchMedia } from '../http/index.js';
import type { CallContext, Outcome } from '../spec/index.js';
import { mediaTypeOf } from './media-type.js';

/** Files by the address that the client gave: Gemini fetches none from the web. */
export type SentFiles = ReadonlyMap<string, { mimeType: string; data: string }>;

const MAX_FILES = 16;
const MAX_FILE_BYTES = 15 * 1024 * 1024;
/** Gemini takes 20 MB with a request, base64 included. */
const MAX_ALL_BYTES = 15 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

/** Google's own: files that were uploaded there, and videos that it has. */
const READ_BY_GOOGLE =
  /^(?:https:\/\/generativelanguage\.googleapis\.com\/|https:\/\/(?:www\.)?youtube\.com\/|https:\/\/youtu\.be\/|gs:\/\/)/;

/**
 * Fetches the pictures and files that the conversation names by address. They are the client's addresses, so nothing but
 * the public network (and the endpoint's own origin) is reached, in the sandbox too; what goes wrong is the client's to mend.
 */
export async function fetchSentFiles(body: ChatBody, context: CallContext): Promise<Outcome<SentFiles>> {
  const urls = [...new Set(body.messages.flatMap(addressesOf))];
  if (urls.length === 0) return { ok: true, value: new Map() };
  if (urls.length > MAX_FILES) return failed('client', `messages: more than ${MAX_FILES} files are named by address`);
  const options = {
    endpoint: { ...context.endpoint, sandbox: false },
    maxBytes: MAX_FILE_BYTES,
    timeoutMs: TIMEOUT_MS,
    signal: context.signal,
  };
  const fetched = await Promise.all(urls.map((url) => fetchMedia({ kind: 'url', url }, options)));
  const files = new Map<string, { mimeType: string; data: string }>();
  let size = 0;
  for (const [index, outcome] of fetched.entries()) {
    if (!outcome.ok) {
      const { kind, message } = outcome.failure;
      if (kind === 'cancelled') return outcome;
      const reason = message.replace("The provider's file", 'A file of the conversation');
      return failed('client', `messages: ${reason}`);
    }
    const mimeType = mediaTypeOf(outcome.value);
    if (mimeType === null) return failed('client', 'messages: A file of the conversation is of no known type');
    size += outcome.value.byteLength;
    if (size > MAX_ALL_BYTES) return failed('client', 'messages: The files of the conversation are too large together');
    files.set(urls[index] ?? '', { mimeType, data: Buffer.from(outcome.value).toString('base64') });
  }
  return { ok: true, value: files };
}

const addressesOf = (message: ChatBody['messages'][number]): string[] =>
  partsOf(message).flatMap((part) =>
    (part.kind === 'image' || part.kind === 'file') && readDataUri(part.url) === null && !READ_BY_GOOGLE.test(part.url)
      ? [part.url]
      : [],
  );
