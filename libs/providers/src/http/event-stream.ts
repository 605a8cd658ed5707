import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import type { CallClock } from './call-clock.js';

/** The `data` of the last event of a stream in OpenAI's dialect. */
export const END_MARK = '[DONE]';

/** One event may carry an image or the arguments of a long tool call, but must not fill the memory. */
const MAX_EVENT_CHARACTERS = 32 * 1024 * 1024;

const LEADING_BLANKS = /^[\uFEFF\s]+/;

/** How long we read the rest of a finished stream, so that its socket can be used again. */
const DRAIN_MS = 1_000;

/** A server-sent event; `event` is its type, absent for the default. */
export type ServerEvent = Pick<EventSourceMessage, 'event' | 'data'>;

/** The limit of a body that is not an event stream. */
const MAX_BODY_CHARACTERS = 64 * 1024 * 1024;

/**
 * The events of a streamed answer, in batches: all events of one network packet arrive together. The bytes decide, not
 * the content type: a body that begins with `{`, `[`, `<` or `"` is not an event stream, and comes as one text, which
 * is '' if the body is too large. The parser handles comments, CRLF and characters split between packets. Throws if the
 * connection breaks. Closes the clock and releases the connection on every path out.
 *
 * @param isEnd recognises the data of the last event: what follows it is drained, so that the socket can be used again
 */
export async function* readAnswer(
  body: Readable,
  clock: CallClock,
  isEnd: (data: string) => boolean = (data) => data === END_MARK,
): AsyncGenerator<ServerEvent[] | string, void, void> {
  const decoder = new StringDecoder('utf8');
  let form: 'unknown' | 'events' | 'text' = 'unknown';
  let text = '';
  let batch: ServerEvent[] = [];
  let ended = false;
  const parser = createParser({
    onEvent: (event) => {
      batch.push(event);
      ended ||= isEnd(event.data);
    },
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw error;
    },
  });
  try {
    for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      clock.alive();
      let decoded = decoder.write(piece);
      if (form === 'unknown') {
        // The parser would read a byte order mark as a part of the first field's name.
        decoded = decoded.replace(LEADING_BLANKS, '');
        if (decoded !== '') form = /^[{[<"]/.test(decoded) ? 'text' : 'events';
      }
      if (form === 'text') {
        text += decoded;
        if (text.length > MAX_BODY_CHARACTERS) break;
        continue;
      }
      parser.feed(decoded);
      if (batch.length > 0) {
        yield batch;
        batch = [];
      }
    }
    if (form === 'text') {
      yield text.length > MAX_BODY_CHARACTERS ? '' : text;
      return;
    }
    // Some servers close the connection before the blank line that ends the last event.
    parser.feed('\n\n');
    if (batch.length > 0) yield batch;
  } finally {
    clock.close();
    if (ended) drain(body);
    // The reader left early: closing the socket ends the provider's work. A body that was read to its end is not
    // affected.
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
