import type { ReplyMessage, ReplyPart } from '@lumenfall/contracts';
import { ReplyTooLarge } from '../queue-errors.js';
import { MAX_PART_CHARS, readReply, writeReply } from './reply-wire.js';

const part = (content: string): ReplyPart => ({
  type: 'chunk',
  chunk: {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  },
});
const message = (...contents: string[]): ReplyMessage => ({
  requestId: 'req_1',
  run: 1,
  seq: 3,
  parts: contents.map(part),
});

describe('a reply on the wire', () => {
  it('is one text while it is short', () => {
    const short = message('a', 'b');
    expect(writeReply(short).map(readReply)).toEqual([short]);
  });

  it('is cut between parts when it is long, and every piece but the last says that more follows', () => {
    const long = message('a'.repeat(600_000), 'b'.repeat(600_000), 'c'.repeat(100), 'd'.repeat(3_000_000));
    const pieces = writeReply(long).map(readReply);
    expect(pieces.map(({ more }) => more)).toEqual([true, true, undefined]);
    expect(pieces.flatMap(({ parts }) => parts)).toEqual(long.parts);
    expect(new Set(pieces.map(({ seq }) => seq))).toEqual(new Set([3]));
  });

  it('refuses a part that the channel cannot carry', () => {
    expect(() => writeReply(message('x'.repeat(MAX_PART_CHARS + 1)))).toThrow(ReplyTooLarge);
  });

  it('is not read from anything else', () => {
    for (const text of ['', '{}', 'null', JSON.stringify({ ...message('a'), parts: [] })]) {
      expect(() => readReply(text)).toThrow();
    }
  });
});
