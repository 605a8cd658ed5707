import { aVideoRequest } from '@lumenfall/testing';
import { videoHandleSchema, type ProviderSlug, type VideoHandle, type VideoRequest } from '@lumenfall/contracts';
import type { CallContext, VideoProvider } from '../spec/index.js';
import { asReal, contextFor, SECRET } from './call-context.js';
import { startReplayServer, type ReceivedRequest, type ReplayServer, type Reply } from './replay-server.js';

type Replies = (request: ReceivedRequest) => Reply;

export interface VideoContract {
  provider: ProviderSlug;
  video: VideoProvider;
  model: string;
  /** The path of a submit, below the base URL. */
  path: string;
  key: Record<string, string>;
  submitted: Replies;
  /** The answers to a poll, in each state of the job. */
  running: Replies;
  unknown: Replies;
  succeeded: Replies;
  moderated: Replies;
  /** The method and the end of the path of a cancellation. */
  cancel: { method: string; path: RegExp; replies: Replies };
}

const REQUEST: VideoRequest = aVideoRequest();

/** The behaviour of every video adapter, whatever its provider's protocol, over real sockets. */
export function videoContract(contract: VideoContract): void {
  const { provider, video, model, path, key, cancel } = contract;
  describe(`${provider} videos`, () => {
    let server: ReplayServer;
    beforeAll(async () => (server = await startReplayServer()));
    afterAll(() => server.close());

    const context = (more: Partial<CallContext> = {}): CallContext =>
      asReal(contextFor(server.url, provider, { model, ...more }));
    const submit = (more: Partial<CallContext> = {}) => video.submit(REQUEST, context(more));

    async function submitted(): Promise<VideoHandle> {
      server.reply(contract.submitted);
      const outcome = await submit();
      if (!outcome.ok) throw new Error(outcome.error.message);
      return videoHandleSchema.parse(JSON.parse(JSON.stringify(outcome.value)));
    }

    it('submits with its key and the hop header, and returns a handle that survives JSON', async () => {
      await submitted();
      expect(server.requests).toHaveLength(1);
      expect(server.requests[0]).toMatchObject({ method: 'POST', path: `/${provider}${path}`, headers: key });
      expect(server.requests[0]?.body).toContain('a fox');
      expect(server.requests[0]?.headers['x-lumenfall-hop']).toBe('1');
    });

    it.each<[string, Reply, string]>([
      ['refused as invalid', { status: 400, body: '{}' }, 'client'],
      ['refused with 429', { status: 429, headers: { 'retry-after': '3' } }, 'rate'],
      ['refused for our key', { status: 401, body: '{}' }, 'auth'],
      ['answered with 500', { status: 500, body: '{}' }, 'transient'],
      ['accepted without an id', { status: 200, body: '{}' }, 'ambiguous'],
      ['accepted with an answer that is not JSON', { status: 200, body: 'OK' }, 'ambiguous'],
      ['sent before the connection is closed', { cutAfter: 0 }, 'ambiguous'],
      ['accepted with half an answer', { body: '{"id', headers: { 'content-length': '90' }, cutAfter: 4 }, 'ambiguous'],
    ])('classifies a submit that is %s', async (_how, reply, kind) => {
      server.reply(reply);
      expect(await submit()).toMatchObject({ ok: false, error: { kind } });
      expect(server.requests).toHaveLength(1);
    });

    it('reads an error under a 200 as the refusal of the submit', async () => {
      const error = { message: 'blocked by our safety system', code: 'content_policy_violation' };
      server.reply({ body: JSON.stringify({ error }) });
      expect(await submit()).toMatchObject({ ok: false, error: { kind: 'moderation' } });
    });

    it.each<[string, unknown]>([
      ['an array', [{ error: { code: 400, message: 'the size is unknown' } }]],
      ['detail: [{msg}]', { detail: [{ msg: 'the size is unknown' }] }],
      ['errors: [...]', { errors: ['the size is unknown'] }],
      ['message: {...}', { message: { message: 'the size is unknown' } }],
    ])('keeps the reason of an error body in the form %s', async (_form, body) => {
      server.reply({ status: 400, body: JSON.stringify(body) });
      expect(await submit()).toMatchObject({ error: { kind: 'client', message: 'the size is unknown' } });
    });

    it('calls a submit ambiguous if its caller aborts it after sending', async () => {
      server.reply({ hang: true });
      const controller = new AbortController();
      void server.received(1).then(() => controller.abort());
      expect(await submit({ signal: controller.signal })).toMatchObject({ error: { kind: 'ambiguous' } });
    });

    it('calls a submit transient if it never connected', async () => {
      const gone = await startReplayServer();
      await gone.close();
      const outcome = await video.submit(REQUEST, asReal(contextFor(gone.url, provider, { model })));
      expect(outcome).toMatchObject({ error: { kind: 'transient' } });
      expect(await submit({ signal: AbortSignal.abort() })).toMatchObject({ error: { kind: 'cancelled' } });
    });

    it.each([
      ['running', () => contract.running, { state: 'running' }],
      ['in a state with an unknown word', () => contract.unknown, { state: 'running' }],
      ['finished', () => contract.succeeded, { state: 'succeeded', source: { kind: 'url' } }],
      ['refused for its content', () => contract.moderated, { state: 'failed', failure: { kind: 'moderation' } }],
    ])('reports that a job is %s', async (_how, replies, state) => {
      const handle = await submitted();
      server.reply(replies());
      expect(await video.poll(handle, context())).toMatchObject({ ok: true, value: state });
      expect(server.requests[0]).toMatchObject({ method: 'GET', headers: key });
    });

    it.each<[string, Reply]>([
      ['a 500', { status: 500, body: 'oops' }],
      ['an HTML page', { status: 200, body: '<html>' }],
      ['a closed connection', { cutAfter: 0 }],
    ])('does not end the video because a poll got %s', async (_what, reply) => {
      const handle = await submitted();
      server.reply(reply);
      expect(await video.poll(handle, context())).toMatchObject({ ok: false, error: { kind: 'transient' } });
    });

    it('does not send its key to the URLs of a handle that are on another origin', async () => {
      const elsewhere = await startReplayServer();
      elsewhere.reply(contract.running);
      const evil = `${elsewhere.url}/x`;
      const handle = { ...(await submitted()), statusUrl: evil, resultUrl: evil, cancelUrl: evil };
      server.reply(contract.running);
      await video.poll(handle, context());
      await video.cancel(handle, context());
      expect(elsewhere.requests).toEqual([]);
      expect(JSON.stringify(server.requests)).toContain(SECRET);
      await elsewhere.close();
    });

    it('cancels a job, and counts a job that is gone as cancelled', async () => {
      const handle = await submitted();
      server.reply(cancel.replies);
      expect(await video.cancel(handle, context())).toMatchObject({ ok: true });
      expect(server.requests[0]?.method).toBe(cancel.method);
      expect(server.requests[0]?.path).toMatch(cancel.path);
      server.reply({ status: 404, body: '{}' });
      expect(await video.cancel(handle, context())).toMatchObject({ ok: true });
    });
  });
}
