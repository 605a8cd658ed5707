import axios, { type AxiosResponse } from 'axios';
import type { IncomingMessage } from 'node:http';
import type { MediaSource, Outcome, ProviderEndpoint } from '../spec/index.js';
import { failed, kindOfStatus } from './failures.js';
import { judgeMediaAddress } from './media-address.js';
import { codeOf, failureOfBrokenCall } from './network-failure.js';
import { publicAgents } from './public-addresses.js';
import { readBytes } from './read-body.js';
import { CallClock } from './time-limits.js';
import { freshAgents, WatchedTransport } from './transport.js';

const MAX_REDIRECTS = 3;
const CONNECT_MS = 10_000;

export interface FetchMediaOptions {
  endpoint: ProviderEndpoint;
  maxBytes: number;
  /** For the whole of it, redirects included. */
  timeoutMs: number;
  signal: AbortSignal;
}

const client = axios.create({
  headers: { 'User-Agent': 'lumenfall', 'Accept-Encoding': 'identity' },
  responseType: 'stream',
  maxRedirects: 0,
  // A proxy would resolve names itself, past our check of the addresses.
  proxy: false,
  validateStatus: null,
  transformResponse: [],
});

/**
 * The bytes of a file as a provider hands it over. Addresses come from providers, so they are not trusted: https and
 * public networks only (except the endpoint's own origin, and the sandbox), every redirect judged again, headers with
 * keys only to the own origin, size and time bounded.
 *
 * `transient`, `timeout` and `rate` may be tried again; `empty` says that this file will never be had.
 */
export async function fetchMedia(source: MediaSource, options: FetchMediaOptions): Promise<Outcome<Uint8Array>> {
  if (source.kind === 'bytes') return bounded(source.bytes, options.maxBytes);
  if (source.url.startsWith('data:')) return bounded(bytesOfDataUri(source.url), options.maxBytes);
  const { timeoutMs } = options;
  const clock = new CallClock(
    { connectMs: CONNECT_MS, firstByteMs: timeoutMs, idleMs: timeoutMs, wholeMs: timeoutMs },
    options.signal,
  );
  const transport = new WatchedTransport(() => clock.connected());
  try {
    return await follow(source, options, clock, transport);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ERR_PRIVATE_ADDRESS') return refusedAddress();
    return {
      ok: false,
      failure: failureOfBrokenCall({ stopped: clock.stopped, code, sent: transport.sent, unrepeatable: false }),
    };
  } finally {
    clock.close();
  }
}

async function follow(
  source: { url: string; headers?: Record<string, string> },
  { endpoint, maxBytes }: FetchMediaOptions,
  clock: CallClock,
  transport: WatchedTransport,
): Promise<Outcome<Uint8Array>> {
  let url = source.url;
  for (let redirects = 0; ; redirects += 1) {
    const judged = judgeMediaAddress(url, endpoint);
    if (judged === null) return refusedAddress();
    const answer: AxiosResponse<IncomingMessage> = await client.get<IncomingMessage>(url, {
      ...(judged === 'public' ? publicAgents : freshAgents),
      ...(judged === 'own' && source.headers !== undefined ? { headers: source.headers } : {}),
      signal: clock.signal,
      transport,
    });
    clock.answered();
    const { status, data } = answer;
    if (status >= 200 && status < 300) return await take(answer, clock, maxBytes);
    data.destroy();
    const location: unknown = answer.headers['location'];
    if (status < 300 || status >= 400 || typeof location !== 'string') return unavailable(status);
    if (redirects === MAX_REDIRECTS)
      return failed('transient', "The provider's file is redirected too often", { status });
    if (!URL.canParse(location, url)) return refusedAddress();
    url = new URL(location, url).href;
  }
}

async function take(
  { status, headers, data }: AxiosResponse<IncomingMessage>,
  clock: CallClock,
  maxBytes: number,
): Promise<Outcome<Uint8Array>> {
  if (Number(headers['content-length']) > maxBytes) {
    data.destroy();
    return tooLarge(maxBytes);
  }
  const bytes = await readBytes(data, clock, maxBytes);
  if (bytes === null) return tooLarge(maxBytes);
  if (bytes.length === 0) return failed('empty', "The provider's file is empty", { status });
  return { ok: true, value: bytes };
}

function bounded(bytes: Uint8Array | null, maxBytes: number): Outcome<Uint8Array> {
  if (bytes === null || bytes.length === 0) return failed('empty', "The provider's file is empty");
  return bytes.length > maxBytes ? tooLarge(maxBytes) : { ok: true, value: bytes };
}

/** The bytes of a base64 `data:` URI, null for any other form. */
export function bytesOfDataUri(uri: string): Uint8Array | null {
  const comma = uri.indexOf(',');
  return comma > 0 && uri.slice(0, comma).endsWith(';base64') ? Buffer.from(uri.slice(comma + 1), 'base64') : null;
}

// The account was good enough to make the file, so a 4xx speaks of this moment or of this address, not of our key.
function unavailable(status: number): Outcome<never> {
  const kind = kindOfStatus(status) === 'rate' ? 'rate' : 'transient';
  return failed(kind, `The provider's file could not be fetched (HTTP ${status})`, { status });
}

const refusedAddress = (): Outcome<never> =>
  failed('empty', "The provider's file is at an address that is not allowed");
const tooLarge = (maxBytes: number): Outcome<never> =>
  failed('empty', `The provider's file is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB`);
