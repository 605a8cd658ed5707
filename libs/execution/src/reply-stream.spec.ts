import { setTimeout as pause } from 'node:timers/promises';
import type { ReplyMessage, ReplyPart } from '@lumenfall/contracts';
import { apiError } from '@lumenfall/contracts';
import { ReplyStream } from './reply-stream.js';

const part = (text: string): ReplyPart => ({
  type: 'error',
  error: apiError('INTERNAL_ERROR', text),
  executedModel: null,
});
const textsOf = (messages: ReplyMessage[]): string[][] =>
  messages.map(({ parts }) => parts.map((each) => (each.type === 'error' ? each.error.message : each.type)));

function stream(
  changes: { eager?: boolean; windowMs?: number; until?: number; send?: (message: ReplyMessage) => Promise<void> } = {},
) {
  const sent: ReplyMessage[] = [];
  const reply = new ReplyStream({
    requestId: 'req_1',
    run: 2,
    eager: true,
    windowMs: 20,
    until: Date.now() + 10_000,
    send: async (message) => void sent.push(message),
    ...changes,
  });
  return { reply, sent };
}

describe('ReplyStream', () => {
  it('sends the first part at once and gathers the others', async () => {
    const { reply, sent } = stream();
    for (const text of ['a', 'b', 'c']) reply.push(part(text));
    expect(textsOf(sent)).toEqual([['a']]);
    await pause(60);
    expect(textsOf(sent)).toEqual([['a'], ['b', 'c']]);
  });

  it('gathers all parts if the client does not stream', async () => {
    const { reply, sent } = stream({ eager: false });
    for (const text of ['a', 'b']) reply.push(part(text));
    expect(sent).toEqual([]);
    await reply.end(part('end'));
    expect(textsOf(sent)).toEqual([['a', 'b', 'end']]);
  });

  it('numbers its messages within its run', async () => {
    const { reply, sent } = stream();
    reply.push(part('a'));
    reply.push(part('b'));
    await reply.end(part('end'));
    expect(sent.map(({ requestId, run, seq }) => [requestId, run, seq])).toEqual([
      ['req_1', 2, 0],
      ['req_1', 2, 1],
    ]);
  });

  it('sends one message at a time on a slow channel', async () => {
    let underWay = 0;
    let most = 0;
    const sent: ReplyMessage[] = [];
    const { reply } = stream({
      windowMs: 0,
      send: async (message) => {
        most = Math.max(most, (underWay += 1));
        await pause(5);
        underWay -= 1;
        sent.push(message);
      },
    });
    for (let index = 0; index < 50; index += 1) {
      reply.push(part(String(index)));
      if (index % 5 === 0) await pause(1);
    }
    expect(await reply.end(part('end'))).toBe(true);
    expect(most).toBe(1);
    expect(textsOf(sent).flat()).toEqual([...Array.from({ length: 50 }, (_, index) => String(index)), 'end']);
    expect(sent.map(({ seq }) => seq)).toEqual(sent.map((_, index) => index));
  });

  it('retries a message that the channel refused', async () => {
    const sent: ReplyMessage[] = [];
    let refusals = 2;
    const { reply } = stream({
      send: async (message) => {
        if (refusals-- > 0) throw new Error('down');
        sent.push(message);
      },
    });
    reply.push(part('a'));
    expect(await reply.end(part('end'))).toBe(true);
    expect(textsOf(sent).flat()).toEqual(['a', 'end']);
  });

  it('returns false if the channel refuses messages until the deadline', async () => {
    const { reply } = stream({ until: Date.now(), send: () => Promise.reject(new Error('down')) });
    reply.push(part('a'));
    expect(await reply.end(part('end'))).toBe(false);
  });

  it('discards waiting parts when it is dropped', async () => {
    const { reply, sent } = stream();
    reply.push(part('a'));
    reply.push(part('b'));
    reply.drop();
    await pause(50);
    expect(textsOf(sent)).toEqual([['a']]);
  });
});
