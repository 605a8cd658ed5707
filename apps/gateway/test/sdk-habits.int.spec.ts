import type { ReplyPart } from '@lumenfall/contracts';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { chatBody, errorOf, RunningGateway } from './running-gateway.js';
import { chunk, end } from './scripted-worker.js';

const gateway = new RunningGateway();
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

const CHAT = '/openai/v1/chat/completions';
const VIDEOS = '/openai/v1/videos';
const sdk = (): OpenAI =>
  new OpenAI({ baseURL: `${gateway.service.url}/openai/v1`, apiKey: gateway.key, maxRetries: 0 });

describe("the id of a request, where OpenAI's SDKs look for it", () => {
  it('is on an answer', async () => {
    const { request_id, response } = await sdk().models.list().withResponse();
    expect(request_id).toMatch(/^req_/);
    expect(request_id).toBe(response.headers.get('x-lumenfall-request-id'));
  });

  it('is on an error', async () => {
    await expect(sdk().models.retrieve('none-such')).rejects.toMatchObject({
      status: 404,
      requestID: expect.stringMatching(/^req_/),
    });
  });

  it("is on the answer to a browser's question before the request, too", async () => {
    const answer = await fetch(`${gateway.service.url}${CHAT}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('x-lumenfall-request-id')).toMatch(/^req_/);
  });
});

describe('a request that no handler sees', () => {
  const raw = async (head: string): Promise<string> => {
    const { hostname, port } = new URL(gateway.service.url);
    const socket = connect(Number(port), hostname);
    socket.write(head);
    let text = '';
    socket.on('data', (data) => (text += String(data)));
    await once(socket, 'close');
    return text;
  };

  it.each([
    ['no HTTP at all', 'GIBBERISH\r\n\r\n', 400],
    ['more headers than fit', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
    ['an odd expectation', 'GET /none HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n', 404],
    ['no name of a host', 'GET /none HTTP/1.1\r\nConnection: close\r\n\r\n', 404],
    ['a tunnel', 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n', 405],
  ])('is answered in the envelope, readable for a browser: %s', async (_, head, status) => {
    const [headers = '', body = ''] = (await raw(head)).split('\r\n\r\n');
    expect(headers).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(headers.toLowerCase()).toContain('\r\naccess-control-allow-origin: *');
    expect(headers).toMatch(/\r\nX-Lumenfall-Request-Id: req_/i);
    expect(JSON.parse(body)).toMatchObject({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null },
    });
  });
});

describe('a packed body', () => {
  it.each(['gzip', 'br', 'gzip, identity'])('is refused in plain words: %s', async (encoding) => {
    const answer = await gateway.call(CHAT, {
      method: 'POST',
      body: gzipSync(JSON.stringify(chatBody())),
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    });
    expect(answer.status).toBe(415);
    expect(await errorOf(answer)).toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: expect.stringContaining('Content-Encoding'),
    });
  });

  it('is read where the header only says that it is not packed', async () => {
    const answer = await gateway.call(CHAT, {
      method: 'POST',
      body: JSON.stringify(chatBody()),
      headers: { 'content-type': 'application/json', 'content-encoding': 'identity' },
    });
    expect(answer.status).toBe(200);
  });
});

describe('a path that an SDK has and we have not', () => {
  it.each([
    ['POST', `${VIDEOS}/edits`, 'not offered'],
    ['POST', `${VIDEOS}/extensions`, 'not offered'],
    ['POST', `${VIDEOS}/characters`, 'not offered'],
    ['GET', `${VIDEOS}/characters/char_1`, 'not offered'],
    ['GET', `${CHAT}/chatcmpl-1`, 'not stored'],
    ['POST', '/openai/v1/conversations', 'not offered'],
  ])('%s %s is a 404 that says so', async (method, path, hint) => {
    const answer = await gateway.call(path, { method });
    expect(answer.status).toBe(404);
    expect(await errorOf(answer)).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(hint) });
  });
});

describe('a streamed chat', () => {
  const streamed = (more: Record<string, unknown> = {}): Promise<Response> =>
    gateway.call(CHAT, { json: chatBody({ stream: true, ...more }) });

  it('names the provider that speaks', async () => {
    const first = chunk({ role: 'assistant', content: 'Hello' }) as Extract<ReplyPart, { type: 'chunk' }>;
    gateway.worker.chat = async (_job, send) => send({ ...first, provider: 'openai' }, end);
    const answer = await streamed();
    await answer.text();
    expect(answer.headers.get('x-lumenfall-provider')).toBe('openai');
  });

  it('sends usage if the request asks as for OpenRouter, by usage.include', async () => {
    const text = await (await streamed({ usage: { include: true } })).text();
    expect(text).toContain('"total_tokens":5');
    expect(await (await streamed({ usage: { include: false } })).text()).not.toContain('total_tokens');
  });
});

describe('a chat in which a known field has a wrong form', () => {
  it.each([
    ['tools', { tools: 'all' }, 'tools'],
    ['a tool', { tools: [null] }, 'tools[0]'],
    ['response_format', { response_format: 'json' }, 'response_format'],
    ['a limit beyond all counting', { max_tokens: 1e15 }, 'max_tokens'],
    ['its type', { response_format: {} }, 'response_format.type'],
    [
      'the text of a part',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 5 }] }] },
      'messages[0].content[0].text',
    ],
    ['tool calls', { messages: [{ role: 'assistant', tool_calls: 'x' }] }, 'messages[0].tool_calls'],
  ])('is refused here, by name: %s', async (_, more, param) => {
    const answer = await gateway.call(CHAT, { json: chatBody(more) });
    expect(answer.status).toBe(400);
    expect(await errorOf(answer)).toMatchObject({ code: 'INVALID_REQUEST', param });
  });

  it.each([
    { tools: [] },
    { tools: null },
    { tools: [{ type: 'openrouter:web_search' }, { googleSearch: {} }] },
    { response_format: null },
    { response_format: { type: 'json_object' } },
    { messages: [{ role: 'assistant', content: null, tool_calls: null }] },
    { usage: 5 },
  ])('is not refused for what providers take: %j', async (more) => {
    expect((await gateway.call(CHAT, { json: chatBody(more) })).status).toBe(200);
  });
});

describe('a video', () => {
  const video = { model: 'sora-2', prompt: 'Waves' };
  const plan = (json: unknown): Promise<Response> => gateway.call(`${VIDEOS}?dryRun=true`, { json });
  const image = (bytes: string): string => `data:image/png;base64,${Buffer.from(bytes, 'latin1').toString('base64')}`;
  /** A whole PNG of 64x64: images are decoded before a video is accepted. */
  const png =
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAeklEQVR4nO3PUQkAIBTAwBfNaEYzmiH8OITBAtxm7fN1wwUNaEEDWtCAFjSgBQ1oQQNa0IAWNKAFDWhBA1rQgBY0oAUNaEEDWtCAFjSgBQ1oQQNa0IAWNKAFDWhBA1rQgBY0oAUNaEEDWtCAFjSgBQ1oQQNa0IAWPHYBHsYBafyS08sAAAAASUVORK5CYII=';

  it.each([
    ['no address', 'nope'],
    ['no address that can be read', 'https://'],
    ['a file of ours', 'file:///etc/passwd'],
    ['a page', 'data:text/html;base64,PGI+'],
    ['no base64', 'data:image/png;base64,@@@'],
    ['something else than it says', image('Once upon a time')],
    ['nothing', 'data:,'],
  ])('is refused before it is accepted if its reference image is %s', async (_, image_url) => {
    const answer = await plan({ ...video, input_reference: { image_url } });
    expect(answer.status).toBe(400);
    expect(await errorOf(answer)).toMatchObject({ code: 'INVALID_REQUEST', param: 'input_reference.image_url' });
  });

  it('is refused with the index of the invalid reference image', async () => {
    const answer = await plan({ ...video, input_reference: [{ image_url: 'nope' }] });
    expect((await errorOf(answer)).param).toBe('input_reference[0].image_url');
  });

  it.each(['https://a.example/x.png', png])('is accepted with a reference image at %.30s', async (image_url) => {
    expect((await plan({ ...video, input_reference: { image_url } })).status).toBe(200);
  });

  it('needs more of a prompt than spaces', async () => {
    expect((await errorOf(await plan({ ...video, prompt: '  ' }))).param).toBe('prompt');
  });

  it('ignores unfilled fields of a form', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(video)) form.set(name, value);
    for (const name of ['size', 'seconds', 'input_reference', 'metadata', 'idempotency_key']) form.set(name, '');
    expect((await gateway.call(`${VIDEOS}?dryRun=true`, { method: 'POST', body: form })).status).toBe(200);
  });
});

describe('a query', () => {
  it.each([
    ['/v1/requests?key_id=%00', 'key_id'],
    ['/v1/requests?created_before=0000-01-01T00:00:00Z', 'created_before'],
    ['/v1/requests?created_after=0001-01-01T00:00:00%2B05:00', 'created_after'],
    ['/v1/keys?starting_after=%00', 'starting_after'],
    ['/v1/keys?ending_before=%00', 'ending_before'],
    ['/v1/requests?status=done', 'status'],
  ])('that no database could answer is refused by name: %s', async (path, param) => {
    const answer = await gateway.call(path);
    expect(answer.status).toBe(400);
    expect(await errorOf(answer)).toMatchObject({ code: 'INVALID_REQUEST', param });
  });

  it('is refused with all valid statuses', async () => {
    const { message } = await errorOf(await gateway.call('/v1/requests?status=done'));
    for (const status of ['completed', 'processing', 'pending', 'cancelled']) expect(message).toContain(status);
  });
});
