import { startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import { fetchClientFile, type FetchClientFileOptions } from './fetch-client-file.js';

describe('a file where a client says it is', () => {
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

  it('is read as it comes', async () => {
    server.says({ body: 'bytes', pieceBytes: 1 });
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
  ])('is not fetched from %s', async (url) => {
    expect(await fetching(url)).toEqual({ ok: false, problem: 'not-allowed' });
  });

  it('is not fetched from where a redirect leads into the network', async () => {
    elsewhere.says({ body: 'secret' });
    for (const location of [`${elsewhere.url}/x`, 'https://169.254.169.254/', 'https://localhost/']) {
      server.says({ status: 302, headers: { location } });
      expect(await fetching(`${server.url}/file`)).toEqual({ ok: false, problem: 'not-allowed' });
    }
    expect(elsewhere.heard).toEqual([]);
  });

  it('is not there', async () => {
    server.says({ status: 404, body: 'no' });
    expect(await fetching(`${server.url}/file`)).toEqual({ ok: false, problem: 'unavailable', status: 404 });
    await elsewhere.close();
    expect(await fetching(`${elsewhere.url}/x`, { alsoFrom: [elsewhere.url] })).toEqual({
      ok: false,
      problem: 'unavailable',
      status: null,
    });
  });

  it('breaks off', async () => {
    server.says({ body: 'x'.repeat(10_000), cutAfter: 2_000, headers: { 'content-length': '10000' } });
    const wrapping = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
      try {
        return await read(pieces);
      } catch {
        throw new Error('in words of its own');
      }
    };
    expect(await fetching(`${server.url}/file`, {}, wrapping)).toEqual({
      ok: false,
      problem: 'unavailable',
      status: null,
    });
  });

  it('comes too slowly', async () => {
    server.says({ body: 'bytes', hang: true });
    expect(await fetching(`${server.url}/file`, { timeoutMs: 200 })).toEqual({ ok: false, problem: 'too-slow' });
  });

  it('lets the reader stop, and closes the connection', async () => {
    server.says({ body: 'x'.repeat(100_000), pieceBytes: 1_000 });
    const stopped = fetching(`${server.url}/file`, {}, async (pieces) => {
      for await (const piece of pieces) if (piece.length > 0) break;
      throw new Error('enough');
    });
    await expect(stopped).rejects.toThrow('enough');
    await server.heard.at(-1)?.left;
  });
});
