import { Readable } from 'node:stream';
import { readAnswer } from './event-stream.js';
import { CallClock, QUICK } from './call-clock.js';

/** The data of all events in the pieces, or the whole text. */
async function read(pieces: readonly (string | Buffer)[]): Promise<string[]> {
  const body = Readable.from(
    pieces.map((piece) => Buffer.from(piece)),
    { objectMode: false },
  );
  const clock = new CallClock(QUICK, new AbortController().signal);
  const events: string[] = [];
  for await (const received of readAnswer(body, clock)) {
    events.push(...(typeof received === 'string' ? [received] : received.map(({ data }) => data)));
  }
  return events;
}

const bytewise = (text: string): Buffer[] => [...Buffer.from(text)].map((byte) => Buffer.from([byte]));

describe('readAnswer', () => {
  it.each([
    ['line feeds', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['carriage returns and line feeds', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['carriage returns alone', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['no blank after the colon', 'data:a\n\n', ['a']],
    ['data over several lines', 'data: {"a":\ndata: 1}\n\n', ['{"a":\n1}']],
    ['comments, names, ids and unknown fields', ': hi\n\nevent: x\nid: 7\nodd: y\ndata: a\n\n: bye\n\n', ['a']],
    ['a byte order mark', '\uFEFFdata: a\n\ndata: b\n\n', ['a', 'b']],
    ['no blank line at the end', 'data: a\n\ndata: [DONE]', ['a', '[DONE]']],
    ['characters of several bytes', 'data: Grüße aus 東京 🗼\n\n', ['Grüße aus 東京 🗼']],
    ['blank lines before the first event', '\r\n\n data: x\n\ndata: a\n\n', ['x', 'a']],
    ['an empty body', '', []],
    ['a JSON document as one text', ' {"a": 1}\n', ['{"a": 1}\n']],
    ['a JSON document after a byte order mark', '\uFEFF[{"a": "é"}]', ['[{"a": "é"}]']],
    ['a page of HTML as one text', '<html>\n\ndata: a\n\n</html>', ['<html>\n\ndata: a\n\n</html>']],
  ])('reads %s, in one piece and byte by byte', async (_what, text, events) => {
    expect(await read([text])).toEqual(events);
    expect(await read(bytewise(text))).toEqual(events);
  });

  it('reads large events up to a limit', async () => {
    const large = 'x'.repeat(8 * 1024 * 1024);
    expect((await read([`data: ${large}`, '\n\n']))[0]).toHaveLength(large.length);
    const endless = Array.from({ length: 5 }, () => large);
    await expect(read(['data: ', ...endless, '\n\n'])).rejects.toThrow('max buffer size');
  });
});
