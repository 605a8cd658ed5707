import type { ChatBody } from '@lumenfall/contracts';
import { partsOf } from '../chat/message-parts.js';
import { type ClientFileProblem, fetchClientFile } from '../http/fetch-client-file.js';
import { failed, mediaTypeOf, readDataUri } from '../http/index.js';
import type { CallContext, Outcome } from '../spec/index.js';

/** Files by the URL that the client gave. Gemini does not fetch URLs of the web. */
export type SentFiles = ReadonlyMap<string, { mimeType: string; data: string }>;

const MAX_FILES = 16;
/** For one file, and for all together: Gemini takes 20 MB in a request, base64 included. */
const MAX_BYTES = 15 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

/** URLs that Google reads itself: files uploaded there, and videos on YouTube. */
const READ_BY_GOOGLE =
  /^(?:https:\/\/(?:generativelanguage\.googleapis\.com|(?:www\.)?youtube\.com|youtu\.be)\/|gs:\/\/)/;

/**
 * Fetches the images and files whose URLs the conversation contains. The URLs are the client's: only public addresses
 * are reached (and the sandbox, if it plays the provider), and a failure is the client's to fix.
 */
export async function fetchSentFiles(body: ChatBody, context: CallContext): Promise<Outcome<SentFiles>> {
  const urls = [...new Set(body.messages.flatMap(addressesOf))];
  if (urls.length === 0) return { ok: true, value: new Map() };
  if (urls.length > MAX_FILES)
    return failed('client', `messages: more than ${MAX_FILES} files are given by URL`, { param: 'messages' });
  const { endpoint, signal } = context;
  const options = {
    alsoFrom: endpoint.sandbox ? [new URL(endpoint.baseUrl).origin] : [],
    timeoutMs: TIMEOUT_MS,
    signal,
  };
  const fetched = await Promise.all(urls.map((url) => fetchClientFile(url, options, readBounded)));
  if (signal.aborted) return failed('cancelled', null);
  const files = new Map<string, { mimeType: string; data: string }>();
  let size = 0;
  for (const [index, one] of fetched.entries()) {
    if (!one.ok)
      return failed('client', `messages: a file of the conversation ${formatProblem(one)}`, { param: 'messages' });
    size += one.value?.length ?? MAX_BYTES + 1;
    if (one.value === null || size > MAX_BYTES) {
      return failed(
        'client',
        `messages: the files of the conversation are larger than ${MAX_BYTES / 1024 / 1024} MiB`,
        { param: 'messages' },
      );
    }
    const mimeType = mediaTypeOf(one.value);
    if (mimeType === null)
      return failed('client', 'messages: a file of the conversation has a type that is not supported', {
        param: 'messages',
      });
    files.set(urls[index] ?? '', { mimeType, data: one.value.toString('base64') });
  }
  return { ok: true, value: files };
}

const addressesOf = (message: ChatBody['messages'][number]): string[] =>
  partsOf(message).flatMap((part) =>
    (part.kind === 'image' || part.kind === 'file') && readDataUri(part.url) === null && !READ_BY_GOOGLE.test(part.url)
      ? [part.url]
      : [],
  );

/** Null if the file is too large. */
async function readBounded(pieces: AsyncIterable<Uint8Array>, announced: number | null): Promise<Buffer | null> {
  if (announced !== null && announced > MAX_BYTES) return null;
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > MAX_BYTES) return null;
    read.push(piece);
  }
  return Buffer.concat(read, size);
}

function formatProblem(problem: ClientFileProblem): string {
  switch (problem.problem) {
    case 'not-allowed':
      return 'does not have a public https URL';
    case 'unavailable':
      return problem.status === null ? 'could not be fetched' : `could not be fetched (HTTP ${problem.status})`;
    case 'too-slow':
      return 'took too long to fetch';
  }
}
