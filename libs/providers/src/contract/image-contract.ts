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
import { startReplayServer, type ReceivedRequest, type ReplayServer, type Reply } from './replay-server.js';

type Replies = (request: ReceivedRequest) => Reply;

/** A mode with input images that the provider offers. */
export interface ImageMode {
  /** If it differs from the path of a text-to-image call. */
  path?: string;
  /** The offering's table. */
  parameters: Record<string, unknown>;
}

export interface ImageContract {
  provider: ProviderSlug;
  image: ImageProvider;
  model: string;
  /** The path below the base URL of the request that starts the work. */
  path: string;
  /** The header that carries the key. */
  key: Record<string, string>;
  /** The offering's table. */
  parameters?: Record<string, unknown>;
  /** The answers of a successful call. */
  good: Replies;
  /** A 200 without an image. */
  empty: Replies;
  moderated: Replies;
  /** With the mask, if the protocol has one. */
  edit?: ImageMode & { mask: boolean };
  /** By four. */
  upscale?: ImageMode & { body: RegExp };
  /** The kind if the answer to the first request is lost: `ambiguous` if a job may be running that cannot be found. */
  lost: 'transient' | 'ambiguous';
  /** An accepted start with URLs of another server, for protocols that return URLs. */
  leadsTo?: (elsewhere: string) => Replies;
}

const REQUEST = anImageRequest({ size: '1024x1024' });
const file = (text: string): InputFile => ({
  bytes: new TextEncoder().encode(text),
  contentType: 'image/png',
  width: 64,
  height: 64,
});
const [FIRST, SECOND, MASK] = [file('the first image'), file('the second image'), file('the mask')];

/** The behaviour of every image adapter, whatever its provider's protocol, over real sockets. */
export function imageContract(contract: ImageContract): void {
  const { provider, image, model, path, key, good, empty, moderated, lost } = contract;
  describe(`${provider} images`, () => {
    let server: ReplayServer;
    beforeAll(async () => (server = await startReplayServer()));
    afterAll(() => server.close());

    const generate = (
      more: Partial<ImageCallContext> = {},
      request: ImageRequest = REQUEST,
    ): Promise<Outcome<ImageGeneration>> =>
      image.generate(
        request,
        asReal(contextFor(server.url, provider, { model, parameters: contract.parameters ?? {}, ...more })),
      );
    /** Whether a body contains a file, as base64 or as it is. */
    const holds = (body: string | undefined, { bytes }: InputFile): boolean =>
      [Buffer.from(bytes).toString('base64'), Buffer.from(bytes).toString('latin1')].some((form) =>
        body?.includes(form),
      );
    /** The good answers, with every body and its content type changed. */
    const goodWith =
      (body: (text: string) => string, type: string): Replies =>
      (request) => {
        const reply = good(request);
        const text = Buffer.from(reply.body ?? '').toString('utf8');
        return { ...reply, body: body(text), headers: { ...reply.headers, 'content-type': type } };
      };

    it('sends its key and the hop header, and returns at least one image', async () => {
      server.reply(good);
      const made = await generate();
      expect(made).toMatchObject({ ok: true });
      expect(made.ok && made.value.images.length).toBeGreaterThan(0);
      const [request] = server.requests;
      expect(request).toMatchObject({ method: 'POST', path: `/${provider}${path}`, headers: key });
      expect(server.requests.map(({ headers }) => headers['x-lumenfall-hop'])).toEqual(server.requests.map(() => '1'));
      expect(request?.body).toContain('a fox');
    });

    it.each([
      ['labelled text/plain', (text: string) => text, 'text/plain'],
      ['labelled application/octet-stream', (text: string) => text, 'application/octet-stream'],
      ['that begin with a byte order mark', (text: string) => `\uFEFF${text}`, 'application/json'],
    ])('reads JSON answers %s', async (_how, body, type) => {
      server.reply(goodWith(body, type));
      expect(await generate()).toMatchObject({ ok: true });
    });

    it('declares every dimension of the usage that it reports', async () => {
      server.reply(good);
      const made = await generate();
      const dimensions = (made.ok && made.value.usage) || [];
      for (const { type, metric, of } of dimensions) {
        expect(image.reports).toContainEqual(of === undefined ? { type, metric } : { type, metric, of });
      }
    });

    it('does not send its key to the hosts of the files', async () => {
      server.reply(good);
      const made = await generate();
      for (const { source } of made.ok ? made.value.images : []) {
        expect(source.kind === 'url' ? (source.headers ?? null) : null).toBeNull();
        if (source.kind === 'url')
          expect(server.requests.map((request) => request.path)).not.toContain(new URL(source.url).pathname);
      }
    });

    it.each<[string, () => Reply | Replies, Record<string, unknown>]>([
      ['an answer without an image', () => empty, { kind: 'empty' }],
      ['a moderation verdict', () => moderated, { kind: 'moderation' }],
      ['a 429', () => ({ status: 429, headers: { 'retry-after': '3' } }), { kind: 'rate', retryAfterMs: 3000 }],
      [
        'a refusal of our key',
        () => ({ status: 401, body: `{"error":{"message":"bad key ${SECRET}"}}` }),
        { kind: 'auth', status: 401 },
      ],
      ['an empty account', () => ({ status: 402, body: '{}' }), { kind: 'auth', status: 402 }],
      ['a refusal of the request', () => ({ status: 422, body: '{}' }), { kind: 'client', status: 422 }],
      ['a 503', () => ({ status: 503, body: 'upstream 10.1.2.3 down' }), { kind: 'transient' }],
      ['an HTML page', () => ({ status: 200, body: '<html>' }), { kind: lost }],
      ['half an answer', () => ({ body: '{"da', headers: { 'content-length': '900' }, cutAfter: 4 }), { kind: lost }],
      ['a connection closed before any answer', () => ({ cutAfter: 0 }), { kind: 'transient' }],
    ])('classifies %s', async (_what, reply, failure) => {
      server.reply(reply());
      const made = await generate();
      expect(made).toMatchObject({ ok: false, error: failure });
      expect(JSON.stringify(made)).not.toMatch(new RegExp(`${SECRET}|10\\.1\\.2\\.3|html>`));
    });

    it.each<[string, unknown]>([
      ['an array', [{ error: { code: 400, message: 'the size is unknown' } }]],
      ['detail: [{msg}]', { detail: [{ msg: 'the size is unknown' }] }],
      ['detail: {message}', { detail: { message: 'the size is unknown' } }],
      ['errors: [...]', { errors: ['the size is unknown'] }],
      ['errors: [{message}]', { errors: [{ message: 'the size is unknown' }] }],
      ['message: {...}', { message: { text: 'x', message: 'the size is unknown' } }],
      ['message', { message: 'the size is unknown' }],
      ['error: "..."', { error: 'the size is unknown' }],
    ])('keeps the reason of an error body in the form %s', async (_form, body) => {
      server.reply({ status: 400, body: JSON.stringify(body) });
      expect(await generate()).toMatchObject({
        ok: false,
        error: { kind: 'client', message: 'the size is unknown' },
      });
    });

    it('reads a policy error under a 200 as a moderation verdict, after one call', async () => {
      const error = {
        message: 'Your prompt was blocked by our safety system',
        type: 'invalid_request_error',
        code: 'content_policy_violation',
      };
      server.reply({ body: JSON.stringify({ error }) });
      expect(await generate()).toMatchObject({ ok: false, error: { kind: 'moderation' } });
      expect(server.requests).toHaveLength(1);
    });

    it('times out if the provider is silent', async () => {
      server.reply({ hang: true });
      const kind = lost === 'ambiguous' ? 'ambiguous' : 'timeout';
      expect(await generate({ limits: { ...GENERATION, firstByteMs: 50 } })).toMatchObject({ error: { kind } });
    });

    it('closes the connection when the caller’s signal aborts', async () => {
      server.reply({ hang: true });
      const controller = new AbortController();
      void server.received(1).then(() => controller.abort());
      expect(await generate({ signal: controller.signal })).toMatchObject({ error: { kind: 'cancelled' } });
      await server.requests[0]?.closed;
      const before = server.requests.length;
      expect(await generate({ signal: AbortSignal.abort() })).toMatchObject({ error: { kind: 'cancelled' } });
      expect(server.requests).toHaveLength(before);
    });

    if (contract.edit !== undefined) {
      const { edit } = contract;
      it(`sends two images${edit.mask ? ' and a mask' : ''} for an edit`, async () => {
        server.reply(good);
        const more = { parameters: edit.parameters, files: [FIRST, SECOND], mask: edit.mask ? MASK : null };
        expect(await generate(more, { ...REQUEST, mode: 'image-edit' })).toMatchObject({ ok: true });
        const [request] = server.requests;
        expect(request).toMatchObject({ method: 'POST', path: `/${provider}${edit.path ?? path}`, headers: key });
        expect([FIRST, SECOND].map((one) => holds(request?.body, one))).toEqual([true, true]);
        expect(holds(request?.body, MASK)).toBe(edit.mask);
        expect(request?.body).toContain('a fox');
      });
    }

    if (contract.upscale !== undefined) {
      const { upscale } = contract;
      it('upscales an image without a prompt', async () => {
        server.reply(good);
        const asked = anImageRequest({ mode: 'upscale', prompt: '', scaleFactor: 4 });
        expect(await generate({ parameters: upscale.parameters, files: [FIRST] }, asked)).toMatchObject({ ok: true });
        const [request] = server.requests;
        expect(request?.path).toBe(`/${provider}${upscale.path ?? path}`);
        expect(holds(request?.body, FIRST)).toBe(true);
        expect(request?.body).toMatch(upscale.body);
        expect(request?.body).not.toContain('prompt');
      });
    }

    if (contract.leadsTo !== undefined) {
      const { leadsTo } = contract;
      it('does not send its key to the URLs that an answer names on another origin', async () => {
        const elsewhere = await startReplayServer();
        elsewhere.reply(good);
        server.reply(leadsTo(elsewhere.url));
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 600);
        await generate({ signal: controller.signal });
        expect(elsewhere.requests).toEqual([]);
        await elsewhere.close();
      });
    }
  });
}
