import { asReal, contextFor } from '../contract/call-context.js';
import { startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import { fetchMedia, type FetchMediaOptions } from './fetch-media.js';

describe('fetchMedia', () => {
  let server: ReplayServer;
  let elsewhere: ReplayServer;
  beforeAll(async () => ([server, elsewhere] = await Promise.all([startReplayServer(), startReplayServer()])));
  afterAll(() => Promise.all([server.close(), elsewhere.close()]));

  const KEY = { authorization: 'Bearer secret' };
  const options = (more: Partial<FetchMediaOptions> = {}): FetchMediaOptions => ({
    endpoint: contextFor(server.url, 'openai').endpoint,
    maxBytes: 1_000,
    timeoutMs: 30_000,
    signal: new AbortController().signal,
    ...more,
  });
  const real = (): FetchMediaOptions => options({ endpoint: asReal(contextFor(server.url, 'openai')).endpoint });

  it('sends the headers of a file to the own origin', async () => {
    server.reply({ body: 'bytes' });
    const fetched = await fetchMedia({ kind: 'url', url: `${server.url}/file`, headers: KEY }, real());
    expect(fetched.ok && Buffer.from(fetched.value).toString()).toBe('bytes');
    expect(server.requests[0]?.headers['authorization']).toBe('Bearer secret');
  });

  it('returns bytes and data URIs without a fetch', async () => {
    const bytes = Buffer.from('bytes');
    expect(await fetchMedia({ kind: 'bytes', bytes }, options())).toEqual({ ok: true, value: bytes });
    expect(await fetchMedia({ kind: 'url', url: 'data:image/png;base64,Ynl0ZXM=' }, real())).toEqual({
      ok: true,
      value: bytes,
    });
  });

  it('does not send the key to another origin after a redirect', async () => {
    elsewhere.reply({ body: 'there' });
    server.reply({ status: 302, headers: { location: `${elsewhere.url}/x` } });
    const fetched = await fetchMedia({ kind: 'url', url: `${server.url}/file`, headers: KEY }, options());
    expect(fetched.ok && Buffer.from(fetched.value).toString()).toBe('there');
    expect(elsewhere.requests[0]?.headers['authorization']).toBeUndefined();
  });

  it('refuses a redirect to an address that is not allowed', async () => {
    elsewhere.reply({ body: 'secret' });
    server.reply({ status: 302, headers: { location: `${elsewhere.url}/x` } });
    expect(await fetchMedia({ kind: 'url', url: `${server.url}/file` }, real())).toMatchObject({
      error: { kind: 'empty', message: expect.stringContaining('not allowed') as string },
    });
    expect(elsewhere.requests).toEqual([]);
  });

  it('gives up after three redirects', async () => {
    server.reply({ status: 307, headers: { location: '/again' } });
    expect(await fetchMedia({ kind: 'url', url: `${server.url}/file` }, options())).toMatchObject({
      error: { kind: 'transient' },
    });
    expect(server.requests).toHaveLength(4);
  });

  it('refuses names that resolve to private addresses', async () => {
    server.reply({ body: 'secret' });
    const url = `https://localhost:${new URL(elsewhere.url).port}/x`;
    expect(await fetchMedia({ kind: 'url', url }, real())).toMatchObject({ error: { kind: 'empty' } });
  });

  it.each([
    ['announced', { headers: { 'content-length': '2000' } }],
    ['sent', { pieceBytes: 500 }],
  ])('refuses a file that is too large, as %s', async (_how, reply) => {
    server.reply({ body: 'x'.repeat(2_000), ...reply });
    expect(await fetchMedia({ kind: 'url', url: `${server.url}/file` }, options())).toMatchObject({
      error: { kind: 'empty', message: expect.stringContaining('larger') as string },
    });
    await server.requests[0]?.closed;
  });

  it.each([
    [404, 'transient'],
    [403, 'transient'],
    [429, 'rate'],
    [500, 'transient'],
  ])('classifies HTTP %d as %s', async (status, kind) => {
    server.reply({ status });
    expect(await fetchMedia({ kind: 'url', url: `${server.url}/file` }, options())).toMatchObject({
      error: { kind, status },
    });
  });

  it('classifies an empty file, a broken connection, a silent server and an abort', async () => {
    const source = { kind: 'url', url: `${server.url}/file` } as const;
    server.reply({ body: '' });
    expect(await fetchMedia(source, options())).toMatchObject({ error: { kind: 'empty' } });
    server.reply({ body: 'bytes', headers: { 'content-length': '5' }, cutAfter: 2 });
    expect(await fetchMedia(source, options())).toMatchObject({ error: { kind: 'transient' } });
    server.reply({ hang: true });
    expect(await fetchMedia(source, options({ timeoutMs: 50 }))).toMatchObject({ error: { kind: 'timeout' } });
    const controller = new AbortController();
    server.reply({ hang: true });
    void server.received(1).then(() => controller.abort());
    expect(await fetchMedia(source, options({ signal: controller.signal }))).toMatchObject({
      error: { kind: 'cancelled' },
    });
  });
});
