import * as fc from 'fast-check';
import { RunningGateway } from './running-gateway.js';

const gateway = new RunningGateway();
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

const CHAT = '/openai/v1/chat/completions';
const IMAGES = '/openai/v1/images/generations';
const VIDEOS = '/openai/v1/videos';

describe('no input makes a 500', () => {
  const hostile = fc.oneof(
    fc.json().map((text) => text),
    fc.json().map((text) => text.slice(0, -1)),
    fc.constant(`${'[{"a":'.repeat(50_000)}1`),
    fc.constant(String.raw`{"model":"a\u0000b/c","messages":[{"role":"user","content":"\ud800\u0000"}]}`),
    fc
      .record({
        model: fc.oneof(fc.string(), fc.constant('openai/gpt-5.4-mini')),
        messages: fc.jsonValue(),
        n: fc.jsonValue(),
      })
      .map((body) => JSON.stringify(body)),
    fc
      .record({
        model: fc.constantFrom('gemini-3-pro-image', 'sora-2'),
        prompt: fc.string({ unit: 'binary', minLength: 1 }),
        size: fc.jsonValue(),
        seed: fc.jsonValue(),
      })
      .map((body) => JSON.stringify(body)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );

  it('in bodies', async () => {
    gateway.worker.image = async (_job, send) =>
      send({
        type: 'error',
        error: { code: 'ALL_PROVIDERS_EXHAUSTED', message: 'none', param: null },
        executedModel: null,
      });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(CHAT, IMAGES, VIDEOS), hostile, async (path, body) => {
        const answer = await gateway.call(path, {
          method: 'POST',
          body: body as string,
          headers: { 'content-type': 'application/json' },
        });
        await answer.arrayBuffer();
        expect(answer.status).not.toBe(500);
        expect(answer.headers.get('x-lumenfall-request-id')).toMatch(/^req_/);
      }),
      { numRuns: 150 },
    );
  });

  it('in paths, queries and headers', async () => {
    const segment = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, ''))),
      fc.constantFrom('%00', '%ff', '%zz', '..', '%2e%2e', '*', ':id', '%2F', '__proto__'),
    );
    const prefix = fc.constantFrom(
      '/openai/v1/models/',
      '/openai/v1/videos/',
      '/v1/requests/',
      '/v1/requests?',
      '/v1/keys?limit=',
      '/v1/videos?after=',
      '/media/',
      '/',
    );
    const value = fc.string({ unit: 'grapheme-ascii' });
    await fc.assert(
      fc.asyncProperty(prefix, fc.array(segment, { maxLength: 3 }), value, async (start, segments, header) => {
        const answer = await gateway.call(`${start}${segments.join('/')}&status=a&status=b`, {
          headers: { traceparent: header.trim(), 'x-lumenfall-session-id': header.trim(), range: header.trim() },
        });
        await answer.arrayBuffer();
        expect(answer.status).not.toBe(500);
      }),
      { numRuns: 150 },
    );
  });
});
