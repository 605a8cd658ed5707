import type { FastifyReply } from 'fastify';
import { EventStream } from './event-stream.js';

it('a keep-alive comment never makes an event without data for a client that dispatches at every blank line', async () => {
  let wire = '';
  const raw = {
    writeHead: () => undefined,
    write: (text: string) => ((wire += text), true),
    end: (text: string) => (wire += text),
  };
  const reply = { hijack: () => undefined, getHeaders: () => ({}), raw } as unknown as FastifyReply;
  const stream = new EventStream(reply);
  stream.open({});
  await stream.comment();
  await stream.send([{ a: 1 }]);
  await stream.comment();
  await stream.comment();
  await stream.send([{ b: 2 }]);
  stream.end('data: [DONE]\n\n');
  const blocks = wire.split('\n\n').filter((block) => block !== '');
  expect(blocks.filter((block) => !/^data:/m.test(block))).toEqual([]);
  expect(wire).toContain(': keep-alive\n');
  expect(blocks).toHaveLength(3);
});
