import type { AxiosResponse } from 'axios';
import type { IncomingMessage } from 'node:http';
import type { MediaSource, Outcome, ProviderEndpoint } from '../spec/index.js';
import { judgeMediaAddress, publicAgents } from './addresses.js';
import { CallClock } from './call-clock.js';
import { bytesOfDataUri } from './data-uri.js';
import { codeOf, failed, failureOfBrokenCall, kindOfStatus } from './failures.js';
import { followRedirects } from './follow-redirects.js';
import { readBytes } from './read-body.js';
import { freshAgents, WatchedTransport } from './transport.js';

const CONNECT_MS = 10_000;

export interface FetchMediaOptions {
  endpoint: ProviderEndpoint;
  maxBytes: number;
  /** For everything, redirects included. */
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * The bytes of a file that a provider made. URLs come from providers and are not trusted: https and public networks
 * only (except the endpoint's own origin, and the sandbox), every redirect is checked, headers with keys go to the own
 * origin only, size and time are bounded.
 *
 * `transient`, `timeout` and `rate` may be tried again; `empty` means that the file will never be available.
 */
export async function fetchMedia(source: MediaSource, options: FetchMediaOptions): Promise<Outcome<Uint8Array>> {
  if (source.kind === 'bytes') return bounded(source.bytes, options.maxBytes);
  if (/^\s*data:/i.test(source.url)) return bounded(bytesOfDataUri(source.url), options.maxBytes);
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
      error: failureOfBrokenCall({ abortedBy: clock.abortedBy, code, sent: transport.sent, unrepeatable: false }),
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
      return readFile(followed.answer, clock, maxBytes);
    case 'refused-address':
      return refusedAddress();
    case 'unavailable':
      return unavailable(followed.status);
    case 'too-many-redirects':
      return failed('transient', "The provider's file is redirected too often", { status: followed.status });
  }
}

async function readFile(
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

// Our key was good enough to make the file, so a 4xx is about this moment or this URL.
function unavailable(status: number): Outcome<never> {
  const kind = kindOfStatus(status) === 'rate' ? 'rate' : 'transient';
  return failed(kind, `The provider's file could not be fetched (HTTP ${status})`, { status });
}

const refusedAddress = (): Outcome<never> => failed('empty', "The provider's file is at a URL that is not allowed");
const tooLarge = (maxBytes: number): Outcome<never> =>
  failed('empty', `The provider's file is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB`);
