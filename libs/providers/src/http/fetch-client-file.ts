import { isIP } from 'node:net';
import { codeOf } from './network-failure.js';
import { followRedirects } from './follow-redirects.js';
import { isPublicAddress, publicAgents } from './public-addresses.js';
import { CallClock } from './time-limits.js';
import { freshAgents, WatchedTransport } from './transport.js';

const CONNECT_MS = 10_000;
const IDLE_MS = 15_000;

/** Why a file could not be had from where a client said it was. */
export type ClientFileProblem =
  /** Not https, or not on the public internet (also after a redirect). */
  | { problem: 'not-allowed' }
  /** Its server answers with something else than the file, or not at all; `status` where it answered. */
  | { problem: 'unavailable'; status: number | null }
  | { problem: 'too-slow' };

export interface FetchClientFileOptions {
  /** Origins beside the public internet, over plain http too: the sandbox's, where there is one. */
  alsoFrom: readonly string[];
  /** For the whole of it, redirects and the reading included. */
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Opens a file at an address that a client wrote, and gives its bytes to `take` as they come; what `take` throws is thrown on.
 * Only https on the public internet, judged again at every redirect and by the address that the connection really uses.
 */
export async function fetchClientFile<T>(
  url: string,
  { alsoFrom, timeoutMs, signal }: FetchClientFileOptions,
  take: (pieces: AsyncIterable<Uint8Array>, announcedBytes: number | null) => Promise<T>,
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
        value: await take(watched(data, clock, sender), Number.isFinite(announced) ? announced : null),
      };
    } finally {
      data.destroy();
    }
  } catch (error) {
    if (codeOf(error) === 'ERR_PRIVATE_ADDRESS') return { ok: false, problem: 'not-allowed' };
    if (clock.stopped !== null && clock.stopped !== 'cancelled') return { ok: false, problem: 'too-slow' };
    if (taking && !sender.failed) throw error;
    return { ok: false, problem: 'unavailable', status: null };
  } finally {
    clock.close();
  }
}

/** Notes where it was the sender that broke off, which `take` may throw in a form of its own. */
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
  if (protocol !== 'https:') return null;
  const literal = hostname.replace(/^\[|\]$/g, '');
  return isIP(literal) !== 0 && !isPublicAddress(literal) ? null : { agents: publicAgents };
};
