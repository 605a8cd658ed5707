import { aVideoRequest } from '@lumenfall/testing';
import { videoHandleSchema, type ProviderSlug, type VideoHandle, type VideoRequest } from '@lumenfall/contracts';
import type { CallContext, VideoProvider } from '../spec/index.js';
import { asReal, contextFor, SECRET } from './call-context.js';
import { startReplayServer, type Heard, type ReplayServer, type Reply } from './replay-server.js';

type Says = (request: Heard) => Reply;

export interface VideoContract {
  provider: ProviderSlug;
  video: VideoProvider;
  model: string;
  /** The path of a submit, behind the base URL. */
  path: string;
  key: Record<string, string>;
  submitted: Says;
  /** What a poll hears, in each state of the job. */
  running: Says;
  unheardOf: Says;
  succeeded: Says;
  moderated: Says;
  /** What a cancel is: method and end of the path. */
  cancel: { method: string; path: RegExp; says: Says };
}

const REQUEST: VideoRequest = aVideoRequest();

/** What every video adapter does, whatever its provider's protocol: proved over real sockets. */
export function videoContract(contract: VideoContract): void {
  const { provider, video, model, path, key, cancel } = contract;
  describe(`${provider}, a video provider`, () => {
    let server: ReplayServer;
    beforeAll(async () => (server = await startReplayServer()));
    afterAll(() => server.close());

    const context = (more: Partial<CallContext> = {}): CallContext =>
      asReal(contextFor(server.url, provider, { model, ...more }));
    const submit = (more: Partial<CallContext> = {}) => video.submit(REQUEST, context(more));

    async function submitted(): Promise<VideoHandle> {
      server.says(contract.submitted);
      const outcome = await submit();
      if (!outcome.ok) throw new Error(outcome.failure.message);
      return videoHandleSchema.parse(JSON.parse(JSON.stringify(outcome.value)));
    }

    it('submits with its key, and hands over what finds the job again', async () => {
      await submitted();
      expect(server.heard).toHaveLength(1);
      expect(server.heard[0]).toMatchObject({ method: 'POST', path: `/${provider}${path}`, headers: key });
      expect(server.heard[0]?.body).toContain('a fox');
    });

    it.each<[string, Reply, string]>([
      ['refused as a request', { status: 400, body: '{}' }, 'client'],
      ['limited', { status: 429, headers: { 'retry-after': '3' } }, 'rate'],
      ['refused for our key', { status: 401, body: '{}' }, 'auth'],
      ['answered by a breakdown', { status: 500, body: '{}' }, 'transient'],
      ['accepted without a name', { status: 200, body: '{}' }, 'ambiguous'],
      ['accepted in no JSON', { status: 200, body: 'OK' }, 'ambiguous'],
      ['sent, and the connection cut', { cutAfter: 0 }, 'ambiguous'],
      ['accepted, and the answer cut', { body: '{"id', headers: { 'content-length': '90' }, cutAfter: 4 }, 'ambiguous'],
    ])('when a submit is %s, says so', async (_how, reply, kind) => {
      server.says(reply);
      expect(await submit()).toMatchObject({ ok: false, failure: { kind } });
      expect(server.heard).toHaveLength(1);
    });

    it('does not know the fate of a submit that its caller gave up after sending', async () => {
      server.says({ hang: true });
      const controller = new AbortController();
      void server.hears(1).then(() => controller.abort());
      expect(await submit({ signal: controller.signal })).toMatchObject({ failure: { kind: 'ambiguous' } });
    });

    it('knows that nothing was submitted when it never connected', async () => {
      const gone = await startReplayServer();
      await gone.close();
      const outcome = await video.submit(REQUEST, asReal(contextFor(gone.url, provider, { model })));
      expect(outcome).toMatchObject({ failure: { kind: 'transient' } });
      expect(await submit({ signal: AbortSignal.abort() })).toMatchObject({ failure: { kind: 'cancelled' } });
    });

    it.each([
      ['running', () => contract.running, { state: 'running' }],
      ['in a state nobody has heard of', () => contract.unheardOf, { state: 'running' }],
      ['finished', () => contract.succeeded, { state: 'succeeded', source: { kind: 'url' } }],
      ['refused for its content', () => contract.moderated, { state: 'failed', failure: { kind: 'moderation' } }],
    ])('tells that a job is %s', async (_how, says, state) => {
      const handle = await submitted();
      server.says(says());
      expect(await video.poll(handle, context())).toMatchObject({ ok: true, value: state });
      expect(server.heard[0]).toMatchObject({ method: 'GET', headers: key });
    });

    it.each<[string, Reply]>([
      ['a breakdown', { status: 500, body: 'oops' }],
      ['no JSON', { status: 200, body: '<html>' }],
      ['a cut', { cutAfter: 0 }],
    ])('does not take %s at a poll for the video’s end', async (_what, reply) => {
      const handle = await submitted();
      server.says(reply);
      expect(await video.poll(handle, context())).toMatchObject({ ok: false, failure: { kind: 'transient' } });
    });

    it('sends its key nowhere else, whatever addresses a handle holds', async () => {
      const elsewhere = await startReplayServer();
      elsewhere.says(contract.running);
      const evil = `${elsewhere.url}/x`;
      const handle = { ...(await submitted()), statusUrl: evil, resultUrl: evil, cancelUrl: evil };
      server.says(contract.running);
      await video.poll(handle, context());
      await video.cancel(handle, context());
      expect(elsewhere.heard).toEqual([]);
      expect(JSON.stringify(server.heard)).toContain(SECRET);
      await elsewhere.close();
    });

    it('cancels, and takes a job that is gone for cancelled', async () => {
      const handle = await submitted();
      server.says(cancel.says);
      expect(await video.cancel(handle, context())).toMatchObject({ ok: true });
      expect(server.heard[0]?.method).toBe(cancel.method);
      expect(server.heard[0]?.path).toMatch(cancel.path);
      server.says({ status: 404, body: '{}' });
      expect(await video.cancel(handle, context())).toMatchObject({ ok: true });
    });
  });
}
