import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress, mayBePublic, publicAgents } from './addresses.js';
import { CallClock } from './call-clock.js';
import { codeOf } from './failures.js';
import { followRedirects } from './follow-redirects.js';
import { freshAgents, WatchedTransport } from './transport.js';

const CONNECT_MS = 10_000;
const IDLE_MS = 15_000;

/** Why the file at a client's URL could not be fetched. */
export type ClientFileProblem =
  /** The URL, or that of a redirect, is not https or not on the public internet. */
  | { problem: 'not-allowed' }
  /** The server answered with another status than 2xx, or not at all (`status` is null). */
  | { problem: 'unavailable'; status: number | null }
  | { problem: 'too-slow' };

export interface FetchClientFileOptions {
  /** Origins that are allowed although they are not public, over plain http too: the sandbox's. */
  alsoFrom: readonly string[];
  /** For everything, redirects and the reading included. */
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Opens the file at a client's URL and passes its bytes to `read` as they arrive; rethrows what `read` throws. Only
 * https on the public internet is allowed; every redirect is checked, and the address that the connection really uses.
 */
export async function fetchClientFile<T>(
  url: string,
  { alsoFrom, timeoutMs, signal }: FetchClientFileOptions,
  read: (pieces: AsyncIterable<Uint8Array>, announcedBytes: number | null) => Promise<T>,
): Promise<{ ok: true; value: T } | ({ ok: false } & ClientFileProblem)> {
  const limits = { connectMs: CONNECT_MS, firstByteMs: timeoutMs, idleMs: IDLE_MS, wholeMs: timeoutMs };
  const clock = new CallClock(limits, signal);
  const transport = new WatchedTransport(() => clock.connected());
  const sender = { failed: false };
  let taking = false;
  try {
    const followed = await followRedirects(url, judgeFor(alsoFrom), clock, transport);
    if (followed.outcome === 'refused-address') return { ok: false, problem: 'not-allowed' };
    if (followed.outcome !== 'answered') return { ok: false, problem: 'unavailable', status: followed.status };
    const { data, headers } = followed.answer;
    const announced = Number(headers['content-length']);
    taking = true;
    try {
      return {
        ok: true,
        value: await read(watched(data, clock, sender), Number.isFinite(announced) ? announced : null),
      };
    } finally {
      data.destroy();
    }
  } catch (error) {
    if (codeOf(error) === 'ERR_PRIVATE_ADDRESS') return { ok: false, problem: 'not-allowed' };
    if (clock.abortedBy !== null && clock.abortedBy !== 'cancelled') return { ok: false, problem: 'too-slow' };
    if (taking && !sender.failed) throw error;
    return { ok: false, problem: 'unavailable', status: null };
  } finally {
    clock.close();
  }
}

/** Records a break of the sender, because `read` may wrap the error in its own. */
async function* watched(
  data: AsyncIterable<Uint8Array>,
  clock: CallClock,
  sender: { failed: boolean },
): AsyncGenerator<Uint8Array> {
  const pieces = data[Symbol.asyncIterator]();
  for (;;) {
    const piece = await pieces.next().catch((error: unknown) => {
      sender.failed = true;
      throw error;
    });
    if (piece.done === true) return;
    clock.alive();
    yield piece.value;
  }
}

const judgeFor = (alsoFrom: readonly string[]) => (address: string) => {
  if (!URL.canParse(address)) return null;
  const { protocol, hostname, origin, username, password } = new URL(address);
  if (username !== '' || password !== '') return null;
  if (alsoFrom.includes(origin)) return { agents: freshAgents };
  return protocol === 'https:' && mayBePublic(hostname) ? { agents: publicAgents } : null;
};

/**
 * Whether a provider may be given an address that a client wrote: the rule of `fetchClientFile`, for addresses that the
 * provider fetches. A name that cannot be resolved here is allowed if it has a domain: the provider may know it.
 */
export async function isAllowedAddress(url: string, alsoFrom: readonly string[]): Promise<boolean> {
  const verdict = judgeFor(alsoFrom)(url);
  if (verdict === null) return false;
  const { hostname } = new URL(url);
  const name = hostname.replace(/^\[|\]$/g, '');
  if (verdict.agents === freshAgents || isIP(name) !== 0) return true;
  const addresses = await lookup(name, { all: true }).catch(() => null);
  return addresses === null ? name.includes('.') : addresses.every(({ address }) => isPublicAddress(address));
}
