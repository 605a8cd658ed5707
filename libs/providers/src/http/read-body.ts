import type { Readable } from 'node:stream';
import type { CallClock } from './call-clock.js';

/** The whole body; null if it is longer than `maxBytes` (the connection is then closed). Throws if it breaks off. */
export async function readBytes(body: Readable, clock: CallClock, maxBytes: number): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    clock.alive();
    size += piece.length;
    // Leaving the loop destroys the stream and its socket.
    if (size > maxBytes) return null;
    pieces.push(piece);
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, size);
}

export async function readText(body: Readable, clock: CallClock, maxBytes: number): Promise<string | null> {
  return (await readBytes(body, clock, maxBytes))?.toString('utf8') ?? null;
}

const BYTE_ORDER_MARK = '\uFEFF';

/** The parsed value; undefined if the text is not JSON. A byte order mark before it is ignored. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text) as unknown;
  } catch {
    return undefined;
  }
}
