import { anImageRequest } from './an-image-request.js';
import type { ProviderSlug } from '@lumenfall/contracts';
import type { CallContext, ImageGeneration, ImageProvider, Outcome } from '../spec/index.js';
import { asReal, contextFor, SECRET } from './call-context.js';
import { startReplayServer, type Heard, type ReplayServer, type Reply } from './replay-server.js';

export interface ImageContract {
  provider: ProviderSlug;
  image: ImageProvider;
  model: string;
  /** The path of the request that starts the work, behind the base URL. */
  path: string;
  /** The header that carries the key. */
  key: Record<string, string>;
  /** What the provider says when all goes well. */
  good: (request: Heard) => Reply;
  /** A 200 without an image. */
  empty: (request: Heard) => Reply;
  moderated: (request: Heard) => Reply;
}

const REQUEST = anImageRequest({ size: '1024x1024' });

/** What every image adapter does, whatever its provider's protocol: proved over real sockets. */
export function imageContract({ provider, image, model, path, key, good, empty, moderated }: ImageContract): void {
  describe(`${provider}, an image provider`, () => {
    let server: ReplayServer;
    beforeAll(async () => (server = await startReplayServer()));
    afterAll(() => server.close());

    const make = (more: Partial<CallContext> = {}): Promise<Outcome<ImageGeneration>> =>
      image.generate(REQUEST, asReal(contextFor(server.url, provider, { model, ...more })));

    it('asks with its key, and gets at least one picture', async () => {
      server.says(good);
      const made = await make();
      expect(made).toMatchObject({ ok: true });
      expect(made.ok && made.value.images.length).toBeGreaterThan(0);
      const [request] = server.heard;
      expect(request).toMatchObject({ method: 'POST', path: `/${provider}${path}`, headers: key });
      expect(request?.body).toContain('a fox');
    });

    it.each([
      ['nothing', () => empty, 'empty'],
      ['a verdict on the content', () => moderated, 'moderation'],
      ['a limit', () => ({ status: 429, headers: { 'retry-after': '3' } }), 'rate'],
      ['a refusal of our key', () => ({ status: 401, body: `{"error":{"message":"bad key ${SECRET}"}}` }), 'auth'],
      ['a refusal of the request', () => ({ status: 422, body: '{}' }), 'client'],
      ['its own breakdown', () => ({ status: 503, body: 'upstream 10.1.2.3 down' }), 'transient'],
      ['no JSON', () => ({ status: 200, body: '<html>' }), 'transient'],
      ['half an answer', () => ({ body: '{"da', headers: { 'content-length': '900' }, cutAfter: 4 }), 'transient'],
    ])('takes %s for what it is', async (_what, reply, kind) => {
      server.says(reply());
      const made = await make();
      expect(made).toMatchObject({ ok: false, failure: { kind } });
      expect(JSON.stringify(made)).not.toMatch(new RegExp(`${SECRET}|10\\.1\\.2\\.3|html>`));
    });

    it('closes the connection when the caller’s signal ends it', async () => {
      server.says({ hang: true });
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      expect(await make({ signal: controller.signal })).toMatchObject({ failure: { kind: 'cancelled' } });
      await server.heard[0]?.left;
    });
  });
}
