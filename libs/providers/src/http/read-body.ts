import type { Readable } from 'node:stream';
import type { CallClock } from './time-limits.js';

/** The whole body, or null (and the connection closed) when it is longer than `maxBytes`. Throws when it breaks off. */
export async function readBytes(body: Readable, clock: CallClock, maxBytes: number): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    clock.alive();
    size += piece.length;
    // Leaving the loop destroys the stream, and with it the socket.
    if (size > maxBytes) return null;
    pieces.push(piece);
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, size);
}

export async function readText(body: Readable, clock: CallClock, maxBytes: number): Promise<string | null> {
  return (await readBytes(body, clock, maxBytes))?.toString('utf8') ?? null;
}

/** The parsed value, or undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
