import { createParser } from 'eventsource-parser';
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import type { CallClock } from './call-clock.js';

/** The `data` of the last event of a stream in OpenAI's dialect. */
export const END_MARK = '[DONE]';

/** One event may carry an image or the arguments of a long tool call, but must not fill the memory. */
const MAX_EVENT_CHARACTERS = 32 * 1024 * 1024;

const BYTE_ORDER_MARK = '\uFEFF';

/** How long we read the rest of a finished stream, so that its socket can be used again. */
const DRAIN_MS = 1_000;

/**
 * The `data` of each server-sent event, in batches: all events of one network packet arrive together. The parser handles
 * comments, CRLF and characters split between packets. Throws if the connection breaks. Closes the clock and releases the
 * connection on every path out.
 *
 * @param isEnd recognises the last event: what follows it is drained, so that the socket can be used again
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
      // The parser would read a byte order mark as a part of the first field's name.
      parser.feed(begun || !text.startsWith(BYTE_ORDER_MARK) ? text : text.slice(1));
      begun ||= text !== '';
      if (batch.length > 0) {
        yield batch;
        batch = [];
      }
    }
    // Some servers close the connection before the blank line that ends the last event.
    parser.feed('\n\n');
    if (batch.length > 0) yield batch;
  } finally {
    clock.close();
    if (ended) drain(body);
    // The reader left early: closing the socket tells the provider to stop.
    else body.destroy();
  }
}

function drain(body: Readable): void {
  if (body.readableEnded || body.destroyed) return;
  const timer = setTimeout(() => body.destroy(), DRAIN_MS);
  body.once('close', () => clearTimeout(timer));
  // An error after the end has no effect; without a listener it would be an uncaught exception.
  body.on('error', () => undefined);
  body.resume();
}
