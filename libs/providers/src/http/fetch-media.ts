import type { AxiosResponse } from 'axios';
import type { IncomingMessage } from 'node:http';
import type { MediaSource, Outcome, ProviderEndpoint } from '../spec/index.js';
import { failed, kindOfStatus } from './failures.js';
import { followRedirects } from './follow-redirects.js';
import { judgeMediaAddress } from './media-address.js';
import { codeOf, failureOfBrokenCall } from './network-failure.js';
import { publicAgents } from './public-addresses.js';
import { readBytes } from './read-body.js';
import { CallClock } from './time-limits.js';
import { freshAgents, WatchedTransport } from './transport.js';

const CONNECT_MS = 10_000;

export interface FetchMediaOptions {
  endpoint: ProviderEndpoint;
  maxBytes: number;
  /** For the whole of it, redirects included. */
  timeoutMs: number;
  signal: AbortSignal;
}

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
  { url, headers }: { url: string; headers?: Record<string, string> },
  { endpoint, maxBytes }: FetchMediaOptions,
  clock: CallClock,
  transport: WatchedTransport,
): Promise<Outcome<Uint8Array>> {
  const judge = (address: string) => {
    const judged = judgeMediaAddress(address, endpoint);
    if (judged === null) return null;
    const agents = judged === 'public' ? publicAgents : freshAgents;
    return judged === 'own' && headers !== undefined ? { agents, headers } : { agents };
  };
  const followed = await followRedirects(url, judge, clock, transport);
  switch (followed.outcome) {
    case 'answered':
      return take(followed.answer, clock, maxBytes);
    case 'refused-address':
      return refusedAddress();
    case 'unavailable':
      return unavailable(followed.status);
    case 'circles':
      return failed('transient', "The provider's file is redirected too often", { status: followed.status });
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
