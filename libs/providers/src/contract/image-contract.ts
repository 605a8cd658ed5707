import type { ImageRequest, ProviderSlug } from '@lumenfall/contracts';
import {
  GENERATION,
  type ImageCallContext,
  type ImageGeneration,
  type ImageProvider,
  type InputFile,
  type Outcome,
} from '../spec/index.js';
import { anImageRequest } from '@lumenfall/testing';
import { asReal, contextFor, SECRET } from './call-context.js';
import { startReplayServer, type Heard, type ReplayServer, type Reply } from './replay-server.js';

type Says = (request: Heard) => Reply;

/** A way of working on pictures that the provider offers. */
export interface PictureWork {
  /** Where it differs from that of a new picture. */
  path?: string;
  /** The offering's table. */
  parameters: Record<string, unknown>;
}

export interface ImageContract {
  provider: ProviderSlug;
  image: ImageProvider;
  model: string;
  /** The path of the request that starts the work, behind the base URL. */
  path: string;
  /** The header that carries the key. */
  key: Record<string, string>;
  /** The offering's table. */
  parameters?: Record<string, unknown>;
  /** What the provider says when all goes well. */
  good: Says;
  /** A 200 without an image. */
  empty: Says;
  moderated: Says;
  /** With the mask, where the protocol takes one. */
  edit?: PictureWork & { mask: boolean };
  /** By four. */
  upscale?: PictureWork & { asks: RegExp };
  /** What it is when the answer to the start is lost half-way: `ambiguous` where a job is at work that nobody can find again. */
  lost: 'transient' | 'ambiguous';
  /** An accepted start whose addresses lead to another server, for protocols that name addresses. */
  leadsTo?: (elsewhere: string) => Says;
}

const REQUEST = anImageRequest({ size: '1024x1024' });
const picture = (text: string): InputFile => ({
  bytes: new TextEncoder().encode(text),
  contentType: 'image/png',
  width: 64,
  height: 64,
});
const [FIRST, SECOND, MASK] = [picture('the first picture'), picture('the second picture'), picture('the mask')];

/** What every image adapter does, whatever its provider's protocol: proved over real sockets. */
export function imageContract(contract: ImageContract): void {
  const { provider, image, model, path, key, good, empty, moderated, lost } = contract;
  describe(`${provider}, an image provider`, () => {
    let server: ReplayServer;
    beforeAll(async () => (server = await startReplayServer()));
    afterAll(() => server.close());

    const make = (
      more: Partial<ImageCallContext> = {},
      request: ImageRequest = REQUEST,
    ): Promise<Outcome<ImageGeneration>> =>
      image.generate(
        request,
        asReal(contextFor(server.url, provider, { model, parameters: contract.parameters ?? {}, ...more })),
      );
    /** The pictures of a body, whether they went as base64 or as they are. */
    const holds = (body: string | undefined, { bytes }: InputFile): boolean =>
      [Buffer.from(bytes).toString('base64'), Buffer.from(bytes).toString('latin1')].some((form) =>
        body?.includes(form),
      );

    it('asks with its key, and gets at least one picture', async () => {
      server.says(good);
      const made = await make();
      expect(made).toMatchObject({ ok: true });
      expect(made.ok && made.value.images.length).toBeGreaterThan(0);
      const [request] = server.heard;
      expect(request).toMatchObject({ method: 'POST', path: `/${provider}${path}`, headers: key });
      expect(request?.body).toContain('a fox');
    });

    it('does not take its key to the files', async () => {
      server.says(good);
      const made = await make();
      for (const { source } of made.ok ? made.value.images : []) {
        expect(source.kind === 'url' ? (source.headers ?? null) : null).toBeNull();
        if (source.kind === 'url')
          expect(server.heard.map((heard) => heard.path)).not.toContain(new URL(source.url).pathname);
      }
    });

    it.each<[string, () => Reply | Says, Record<string, unknown>]>([
      ['nothing', () => empty, { kind: 'empty' }],
      ['a verdict on the content', () => moderated, { kind: 'moderation' }],
      ['a limit', () => ({ status: 429, headers: { 'retry-after': '3' } }), { kind: 'rate', retryAfterMs: 3000 }],
      [
        'a refusal of our key',
        () => ({ status: 401, body: `{"error":{"message":"bad key ${SECRET}"}}` }),
        { kind: 'auth', status: 401 },
      ],
      ['an empty account', () => ({ status: 402, body: '{}' }), { kind: 'auth', status: 402 }],
      ['a refusal of the request', () => ({ status: 422, body: '{}' }), { kind: 'client', status: 422 }],
      ['its own breakdown', () => ({ status: 503, body: 'upstream 10.1.2.3 down' }), { kind: 'transient' }],
      ['no JSON', () => ({ status: 200, body: '<html>' }), { kind: lost }],
      ['half an answer', () => ({ body: '{"da', headers: { 'content-length': '900' }, cutAfter: 4 }), { kind: lost }],
      ['a cut before any answer', () => ({ cutAfter: 0 }), { kind: 'transient' }],
    ])('takes %s for what it is', async (_what, reply, failure) => {
      server.says(reply());
      const made = await make();
      expect(made).toMatchObject({ ok: false, failure });
      expect(JSON.stringify(made)).not.toMatch(new RegExp(`${SECRET}|10\\.1\\.2\\.3|html>`));
    });

    it('takes silence for what it is', async () => {
      server.says({ hang: true });
      const kind = lost === 'ambiguous' ? 'ambiguous' : 'timeout';
      expect(await make({ limits: { ...GENERATION, firstByteMs: 50 } })).toMatchObject({ failure: { kind } });
    });

    it('closes the connection when the caller’s signal ends it', async () => {
      server.says({ hang: true });
      const controller = new AbortController();
      void server.hears(1).then(() => controller.abort());
      expect(await make({ signal: controller.signal })).toMatchObject({ failure: { kind: 'cancelled' } });
      await server.heard[0]?.left;
      const heard = server.heard.length;
      expect(await make({ signal: AbortSignal.abort() })).toMatchObject({ failure: { kind: 'cancelled' } });
      expect(server.heard).toHaveLength(heard);
    });

    if (contract.edit !== undefined) {
      const { edit } = contract;
      it(`edits two pictures${edit.mask ? ' under a mask' : ''}`, async () => {
        server.says(good);
        const more = { parameters: edit.parameters, files: [FIRST, SECOND], mask: edit.mask ? MASK : null };
        expect(await make(more, { ...REQUEST, mode: 'image-edit' })).toMatchObject({ ok: true });
        const [request] = server.heard;
        expect(request).toMatchObject({ method: 'POST', path: `/${provider}${edit.path ?? path}`, headers: key });
        expect([FIRST, SECOND].map((one) => holds(request?.body, one))).toEqual([true, true]);
        expect(holds(request?.body, MASK)).toBe(edit.mask);
        expect(request?.body).toContain('a fox');
      });
    }

    if (contract.upscale !== undefined) {
      const { upscale } = contract;
      it('grows a picture, without a word', async () => {
        server.says(good);
        const asked = anImageRequest({ mode: 'upscale', prompt: '', scaleFactor: 4 });
        expect(await make({ parameters: upscale.parameters, files: [FIRST] }, asked)).toMatchObject({ ok: true });
        const [request] = server.heard;
        expect(request?.path).toBe(`/${provider}${upscale.path ?? path}`);
        expect(holds(request?.body, FIRST)).toBe(true);
        expect(request?.body).toMatch(upscale.asks);
        expect(request?.body).not.toContain('prompt');
      });
    }

    if (contract.leadsTo !== undefined) {
      const { leadsTo } = contract;
      it('sends its key nowhere else, whatever addresses it is given', async () => {
        const elsewhere = await startReplayServer();
        elsewhere.says(good);
        server.says(leadsTo(elsewhere.url));
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 600);
        await make({ signal: controller.signal });
        expect(elsewhere.heard).toEqual([]);
        await elsewhere.close();
      });
    }
  });
}
