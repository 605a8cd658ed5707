import { startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import { fetchClientFile, type FetchClientFileOptions } from './fetch-client-file.js';

describe('fetchClientFile', () => {
  let server: ReplayServer;
  let elsewhere: ReplayServer;
  beforeAll(async () => ([server, elsewhere] = await Promise.all([startReplayServer(), startReplayServer()])));
  afterAll(() => server.close());

  const read = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all).toString();
  };
  const fetching = (url: string, more: Partial<FetchClientFileOptions> = {}, take = read) => {
    const signal = new AbortController().signal;
    return fetchClientFile(url, { alsoFrom: [server.url], timeoutMs: 30_000, signal, ...more }, take);
  };

  it('passes the bytes on as they arrive', async () => {
    server.reply({ body: 'bytes', pieceBytes: 1 });
    expect(await fetching(`${server.url}/file`)).toEqual({ ok: true, value: 'bytes' });
  });

  it.each([
    'http://example.com/a.png',
    'https://127.0.0.1/a.png',
    'https://10.1.2.3/a.png',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/a.png',
    'https://[::ffff:10.0.0.1]/a.png',
    'https://2130706433/a.png',
    'https://0x7f.1/a.png',
    'https://localhost/a.png',
    'https://user:pass@example.com/a.png',
    'ftp://example.com/a.png',
    'file:///etc/passwd',
    'no address at all',
  ])('does not fetch %s', async (url) => {
    expect(await fetching(url)).toEqual({ ok: false, problem: 'not-allowed' });
  });

  it('does not follow a redirect into the private network', async () => {
    elsewhere.reply({ body: 'secret' });
    for (const location of [`${elsewhere.url}/x`, 'https://169.254.169.254/', 'https://localhost/']) {
      server.reply({ status: 302, headers: { location } });
      expect(await fetching(`${server.url}/file`)).toEqual({ ok: false, problem: 'not-allowed' });
    }
    expect(elsewhere.requests).toEqual([]);
  });

  it('reports a file that its server does not have, and a server that is down', async () => {
    server.reply({ status: 404, body: 'no' });
    expect(await fetching(`${server.url}/file`)).toEqual({ ok: false, problem: 'unavailable', status: 404 });
    await elsewhere.close();
    expect(await fetching(`${elsewhere.url}/x`, { alsoFrom: [elsewhere.url] })).toEqual({
      ok: false,
      problem: 'unavailable',
      status: null,
    });
  });

  it('reports a connection that breaks, although the reader throws its own error', async () => {
    server.reply({ body: 'x'.repeat(10_000), cutAfter: 2_000, headers: { 'content-length': '10000' } });
    const wrapping = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
      try {
        return await read(pieces);
      } catch {
        throw new Error('wrapped');
      }
    };
    expect(await fetching(`${server.url}/file`, {}, wrapping)).toEqual({
      ok: false,
      problem: 'unavailable',
      status: null,
    });
  });

  it('reports a server that is too slow', async () => {
    server.reply({ body: 'bytes', hang: true });
    expect(await fetching(`${server.url}/file`, { timeoutMs: 200 })).toEqual({ ok: false, problem: 'too-slow' });
  });

  it('closes the connection if the reader stops', async () => {
    server.reply({ body: 'x'.repeat(100_000), pieceBytes: 1_000 });
    const aborted = fetching(`${server.url}/file`, {}, async (pieces) => {
      for await (const piece of pieces) if (piece.length > 0) break;
      throw new Error('enough');
    });
    await expect(aborted).rejects.toThrow('enough');
    await server.requests.at(-1)?.closed;
  });
});
