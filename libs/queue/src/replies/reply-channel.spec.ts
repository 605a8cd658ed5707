import type { ReplyMessage, ReplyPart } from '@lumenfall/contracts';
import { ReplyTooLarge } from '../queue-errors.js';
import { MAX_PART_CHARS, readReply, writeReply } from './reply-channel.js';

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

describe('the wire format of replies', () => {
  it('writes a short reply as one text', () => {
    const short = message('a', 'b');
    expect(writeReply(short).map(readReply)).toEqual([short]);
  });

  it('slices a long reply between parts and marks every slice but the last', () => {
    const long = message('a'.repeat(600_000), 'b'.repeat(600_000), 'c'.repeat(100), 'd'.repeat(3_000_000));
    const pieces = writeReply(long).map(readReply);
    expect(pieces.map(({ more }) => more)).toEqual([true, true, undefined]);
    expect(pieces.flatMap(({ parts }) => parts)).toEqual(long.parts);
    expect(new Set(pieces.map(({ seq }) => seq))).toEqual(new Set([3]));
  });

  it('refuses a part that is too large for the channel', () => {
    expect(() => writeReply(message('x'.repeat(MAX_PART_CHARS + 1)))).toThrow(ReplyTooLarge);
  });

  it('reading a reply throws for a text that is not a reply', () => {
    for (const text of ['', '{}', 'null', JSON.stringify({ ...message('a'), parts: [] })]) {
      expect(() => readReply(text)).toThrow();
    }
  });
});
