import { createParser } from 'eventsource-parser';
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import type { CallClock } from './time-limits.js';

/** The `data` by which the OpenAI dialect ends a stream. */
export const END_MARK = '[DONE]';

/** One event may carry an image or the arguments of a long tool call, but not fill the memory. */
const MAX_EVENT_CHARACTERS = 32 * 1024 * 1024;

const BYTE_ORDER_MARK = '\uFEFF';

/** How long the rest of a finished stream is awaited so that its socket can be used again. */
const DRAIN_MS = 1_000;

/**
 * The `data` of each server-sent event, as batches: all events of one piece of the network arrive together. Comments,
 * CRLF and characters split between pieces are the parser's business. Throws when the connection breaks; closes the
 * clock, and lets go of the connection, on every way out.
 *
 * @param isEnd tells the last event: after it the rest is read away, so that the socket can be used again
 */
export async function* readEvents(
  body: Readable,
  clock: CallClock,
  isEnd: (data: string) => boolean = (data) => data === END_MARK,
): AsyncGenerator<string[], void, void> {
  const decoder = new StringDecoder('utf8');
  let batch: string[] = [];
  let ended = false;
  let begun = false;
  const parser = createParser({
    onEvent: ({ data }) => {
      batch.push(data);
      ended ||= isEnd(data);
    },
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw error;
    },
  });
  try {
    for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      clock.alive();
      const text = decoder.write(piece);
      // A byte order mark before the first event would be read as a part of its name.
      parser.feed(begun || !text.startsWith(BYTE_ORDER_MARK) ? text : text.slice(1));
      begun ||= text !== '';
      if (batch.length > 0) {
        yield batch;
        batch = [];
      }
    }
    // A last event without the blank line that should end it: some servers close right after the end mark.
    parser.feed('\n\n');
    if (batch.length > 0) yield batch;
  } finally {
    clock.close();
    if (ended) drain(body);
    // The reader left early: closing the socket is what tells the provider to stop.
    else body.destroy();
  }
}

function drain(body: Readable): void {
  if (body.readableEnded || body.destroyed) return;
  const timer = setTimeout(() => body.destroy(), DRAIN_MS);
  body.once('close', () => clearTimeout(timer));
  // What breaks after the end is of no interest; without a listener it would be an exception.
  body.on('error', () => undefined);
  body.resume();
}
