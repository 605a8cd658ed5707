import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { contextFor, SECRET } from '../contract/call-context.js';
import { startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import { ProviderHttp, type Call } from './provider-http.js';
import { QUICK } from './call-clock.js';

const DIALECT = { authorize: (key: string) => ({ 'x-key': key }), readRefusal: () => ({ message: null, kind: null }) };
const NEVER = new AbortController().signal;
const httpFor = (url: string) => new ProviderHttp(contextFor(url, 'openai').endpoint, DIALECT);
const post = (more: Partial<Call> = {}): Call => ({
  method: 'POST',
  target: '/x',
  body: { a: 'ü' },
  limits: QUICK,
  ...more,
});

describe('ProviderHttp', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());

  it('sends JSON below the base URL with the key, and reads JSON', async () => {
    server.reply({ body: '{"b":1}' });
    expect(await httpFor(server.url).json(post(), NEVER)).toMatchObject({
      ok: true,
      value: { status: 200, body: { b: 1 } },
    });
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/openai/x',
      headers: { 'x-key': SECRET, 'content-type': 'application/json', 'content-length': '10' },
    });
    expect(Buffer.from(request?.body ?? '', 'latin1').toString()).toBe('{"a":"ü"}');
  });

  it('reads an empty 2xx as null', async () => {
    server.reply({ status: 204 });
    expect(await httpFor(server.url).json({ method: 'DELETE', target: '/x', limits: QUICK }, NEVER)).toMatchObject({
      ok: true,
      value: { body: null },
    });
  });

  it('does not call a URL outside its own origin', async () => {
    const elsewhere = await startReplayServer();
    elsewhere.reply({ body: '{}' });
    const outcome = await httpFor(server.url).json(post({ target: `${elsewhere.url}/x` }), NEVER);
    expect(outcome).toMatchObject({ ok: false, error: { kind: 'transient' } });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it('does not follow redirects, so the key stays on its origin', async () => {
    const elsewhere = await startReplayServer();
    elsewhere.reply({ body: '{}' });
    server.reply({ status: 307, headers: { location: `${elsewhere.url}/x` } });
    expect(await httpFor(server.url).json(post(), NEVER)).toMatchObject({ ok: false, error: { status: 307 } });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it('does not read more than the limit', async () => {
    server.reply({ body: JSON.stringify({ long: 'x'.repeat(5_000) }) });
    expect(await httpFor(server.url).json(post({ maxBytes: 1_000 }), NEVER)).toMatchObject({
      ok: false,
      error: { kind: 'transient', message: expect.stringContaining('too large') as string },
    });
  });

  it('does not wait for the whole body of a refusal', async () => {
    server.reply({ status: 503, body: '{"error": {"mess', hang: true });
    const outcome = await httpFor(server.url).json(post(), NEVER);
    expect(outcome).toMatchObject({ ok: false, error: { kind: 'transient', status: 503 } });
    await server.requests[0]?.closed;
  });

  it('removes its listeners from the caller’s signal after each call', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => ((listeners += 1), add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => ((listeners -= 1), remove(...args));
    for (const reply of [{ body: '{}' }, { status: 500 }, { cutAfter: 0 }]) {
      server.reply(reply);
      await httpFor(server.url).json(post(), signal);
    }
    expect(listeners).toBeLessThanOrEqual(0);
  });
});

describe('ProviderHttp on a connection that the provider closed while it was idle', () => {
  // Answers the first request of a connection, and destroys it at the second.
  let url: string;
  const served = new Map<Socket, number>();
  const received: string[] = [];
  const server = createServer((request, response) => {
    const count = (served.get(request.socket) ?? 0) + 1;
    served.set(request.socket, count);
    received.push(`connection ${[...served.keys()].indexOf(request.socket) + 1}, request ${count}`);
    if (count > 1) request.socket.destroy();
    else response.end('{}');
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('repeats the call once, on a new connection', async () => {
    const http = httpFor(url);
    expect((await http.json(post(), NEVER)).ok).toBe(true);
    expect((await http.json(post(), NEVER)).ok).toBe(true);
    expect(received).toEqual(['connection 1, request 1', 'connection 1, request 2', 'connection 2, request 1']);
  });

  it('uses a new connection for work that must not be submitted twice', async () => {
    received.length = 0;
    expect((await httpFor(url).json(post({ unrepeatable: true }), NEVER)).ok).toBe(true);
    expect(received).toEqual(['connection 3, request 1']);
  });
});
