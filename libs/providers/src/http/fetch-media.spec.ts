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

  it('fetches a file, with its headers on the own origin', async () => {
    server.says({ body: 'bytes' });
    const fetched = await fetchMedia({ kind: 'url', url: `${server.url}/file`, headers: KEY }, real());
    expect(fetched.ok && Buffer.from(fetched.value).toString()).toBe('bytes');
    expect(server.heard[0]?.headers['authorization']).toBe('Bearer secret');
  });

  it('takes bytes and data URIs as they are', async () => {
    const bytes = Buffer.from('bytes');
    expect(await fetchMedia({ kind: 'bytes', bytes }, options())).toEqual({ ok: true, value: bytes });
    expect(await fetchMedia({ kind: 'url', url: 'data:image/png;base64,Ynl0ZXM=' }, real())).toEqual({
      ok: true,
      value: bytes,
    });
  });

  it('follows redirects without the key when they leave the origin', async () => {
    elsewhere.says({ body: 'there' });
    server.says({ status: 302, headers: { location: `${elsewhere.url}/x` } });
    const fetched = await fetchMedia({ kind: 'url', url: `${server.url}/file`, headers: KEY }, options());
    expect(fetched.ok && Buffer.from(fetched.value).toString()).toBe('there');
    expect(elsewhere.heard[0]?.headers['authorization']).toBeUndefined();
  });

  it('judges every redirect again', async () => {
    elsewhere.says({ body: 'secret' });
    server.says({ status: 302, headers: { location: `${elsewhere.url}/x` } });
    expect(await fetchMedia({ kind: 'url', url: `${server.url}/file` }, real())).toMatchObject({
      failure: { kind: 'empty', message: expect.stringContaining('not allowed') as string },
    });
    expect(elsewhere.heard).toEqual([]);
  });

  it('does not run in circles', async () => {
    server.says({ status: 307, headers: { location: '/again' } });
    expect(await fetchMedia({ kind: 'url', url: `${server.url}/file` }, options())).toMatchObject({
      failure: { kind: 'transient' },
    });
    expect(server.heard).toHaveLength(4);
  });

  it('refuses names that lead into the private network', async () => {
    server.says({ body: 'secret' });
    const url = `https://localhost:${new URL(elsewhere.url).port}/x`;
    expect(await fetchMedia({ kind: 'url', url }, real())).toMatchObject({ failure: { kind: 'empty' } });
  });

  it.each([
    ['announced', { headers: { 'content-length': '2000' } }],
    ['sent', { pieceBytes: 500 }],
  ])('refuses a file that is too large, as %s', async (_how, reply) => {
    server.says({ body: 'x'.repeat(2_000), ...reply });
    expect(await fetchMedia({ kind: 'url', url: `${server.url}/file` }, options())).toMatchObject({
      failure: { kind: 'empty', message: expect.stringContaining('larger') as string },
    });
    await server.heard[0]?.left;
  });

  it.each([
    [404, 'transient'],
    [403, 'transient'],
    [429, 'rate'],
    [500, 'transient'],
  ])('calls a %d %s', async (status, kind) => {
    server.says({ status });
    expect(await fetchMedia({ kind: 'url', url: `${server.url}/file` }, options())).toMatchObject({
      failure: { kind, status },
    });
  });

  it('calls an empty file empty, a cut transient, a silent server a timeout, an abort cancelled', async () => {
    const source = { kind: 'url', url: `${server.url}/file` } as const;
    server.says({ body: '' });
    expect(await fetchMedia(source, options())).toMatchObject({ failure: { kind: 'empty' } });
    server.says({ body: 'bytes', headers: { 'content-length': '5' }, cutAfter: 2 });
    expect(await fetchMedia(source, options())).toMatchObject({ failure: { kind: 'transient' } });
    server.says({ hang: true });
    expect(await fetchMedia(source, options({ timeoutMs: 50 }))).toMatchObject({ failure: { kind: 'timeout' } });
    const controller = new AbortController();
    server.says({ hang: true });
    void server.hears(1).then(() => controller.abort());
    expect(await fetchMedia(source, options({ signal: controller.signal }))).toMatchObject({
      failure: { kind: 'cancelled' },
    });
  });
});
