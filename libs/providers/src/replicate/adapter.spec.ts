import { anImageRequest } from '@lumenfall/testing';
import { contextFor, SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { replicateRecorded, replicateReplies } from '../contract/job-scripts.js';
import { fixtureJson, startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import type { ImageCallContext } from '../spec/index.js';
import { replicate } from './adapter.js';

imageContract({
  provider: 'replicate',
  image: replicate.image,
  model: 'google/nano-banana-pro',
  path: '/models/google/nano-banana-pro/predictions',
  key: { authorization: `Bearer ${SECRET}`, prefer: 'wait=5' },
  good: replicateReplies('succeeded-one.json'),
  empty: replicateReplies('succeeded-nothing.json'),
  moderated: replicateReplies('failed-flagged.json'),
  edit: { parameters: { image: { as: 'image_input', send: 'many' }, mask: {} }, mask: true },
  upscale: { parameters: { image: {}, scale_factor: { as: 'scale' } }, body: /"scale":4/ },
  lost: 'ambiguous',
  leadsTo: (elsewhere) => (request) =>
    request.method === 'POST' ? replicateRecorded('starting.json', elsewhere) : { status: 500 },
});

describe('Replicate’s adapter', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());
  const make = (model: string, signal = new AbortController().signal) =>
    replicate.image.generate(anImageRequest(), contextFor(server.url, 'replicate', { model, signal }));

  it('does not poll if the first answer has the image', async () => {
    server.reply(replicateReplies('starting.json', 'succeeded-many.json'));
    const made = await make('black-forest-labs/flux-schnell');
    expect(made).toMatchObject({ ok: true, value: { images: [{}, {}] } });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers['cancel-after']).toMatch(/^\d+s$/);
  });

  it('runs a version of a community model', async () => {
    server.reply(replicateReplies('succeeded-one.json'));
    await make('nightmareai/real-esrgan:abc123');
    expect(server.requests[0]).toMatchObject({ path: '/replicate/predictions' });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ version: 'abc123', input: { prompt: 'a fox' } });
  });

  it('polls again after a poll that failed', async () => {
    let questions = 0;
    server.reply((request) => {
      if (request.method === 'GET' && (questions += 1) < 3) return { status: 500 };
      return replicateReplies('succeeded-one.json')(request);
    });
    expect(await make('a/b')).toMatchObject({ ok: true });
  });

  it('cancels the prediction when the caller leaves', async () => {
    server.reply(replicateReplies('processing.json'));
    const controller = new AbortController();
    void server.received(2).then(() => controller.abort());
    expect(await make('a/b', controller.signal)).toMatchObject({ error: { kind: 'cancelled' } });
    expect(server.requests.at(-1)).toMatchObject({ method: 'POST' });
    expect(server.requests.at(-1)?.path).toMatch(/\/predictions\/ufawqhfynnddngldkgtslldrkq\/cancel$/);
  });
});

describe('Replicate’s look-up of a prediction whose submit was lost', () => {
  const SINCE = Date.parse('2026-01-12T10:00:00Z');
  const succeeded = fixtureJson('replicate', 'succeeded-one.json') as Record<string, unknown>;
  const listed = (more: Record<string, unknown> = {}) => ({ ...succeeded, ...more });
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());

  /** The look-up's result in such lists, page by page. */
  async function look(pages: object[][], more: Partial<ImageCallContext> = {}, request = anImageRequest()) {
    let page = 0;
    server.reply((request) => {
      if (!/\/predictions(\?|$)/.test(request.path)) return replicateReplies('succeeded-one.json')(request);
      const results = pages[page] ?? [];
      page += 1;
      const next = page < pages.length ? `http://${request.headers.host}/replicate/predictions?cursor=${page}` : null;
      return { body: JSON.stringify({ results, previous: null, next }) };
    });
    const context = contextFor(server.url, 'replicate', { model: 'google/nano-banana-pro', ...more });
    return replicate.image.lookUp?.(request, context, SINCE);
  }
  const isFound = { value: { found: 'work', outcome: { ok: true, value: { images: [{}] } } } };

  it('finds it by its model and input, and waits for it', async () => {
    const others = [
      listed({ id: 'x1', model: 'google/nano-banana' }),
      listed({ id: 'x2', input: { prompt: 'a crow' } }),
      listed({ id: 'x3', created_at: '2026-01-12T09:58:00Z' }),
    ];
    expect(await look([[...others, listed({ status: 'processing', output: null })]])).toMatchObject(isFound);
    expect(server.requests.map(({ method }) => method)).not.toContain('POST');
    expect(server.requests[1]?.path).toBe('/replicate/predictions/ufawqhfynnddngldkgtslldrkq');
  });

  it('finds it by its version on a later page, although files became URLs and defaults were added', async () => {
    const file = { bytes: Buffer.from('png'), contentType: 'image/png', width: 1, height: 1 };
    const parameters = { image: { as: 'image_input', send: 'many' } };
    const input = { prompt: 'a fox', image_input: ['https://replicate.delivery/in.png'], seed: 7 };
    const page = Array.from({ length: 3 }, (_, n) => listed({ id: `x${n}`, created_at: '2026-01-12T10:00:09Z' }));
    const found = await look(
      [page, [listed({ version: 'abc', input })]],
      { model: 'google/nano-banana-pro:abc', parameters, files: [file] },
      anImageRequest({ mode: 'image-edit' }),
    );
    expect(found).toMatchObject(isFound);
  });

  it('does not take the prediction of another call', async () => {
    const taken: string[] = [];
    const claim = async (id: string): Promise<boolean> => taken.push(id) > 1;
    const two = [listed({ id: 'of-another' }), listed({ id: 'ours' })];
    expect(await look([two], { claim })).toMatchObject(isFound);
    expect(taken).toEqual(['of-another', 'ours']);
    expect(await look([two], { claim: async () => false })).toEqual({ ok: true, value: { found: 'nothing' } });
  });

  it('finds nothing only if the list reaches back to before the submit', async () => {
    expect(await look([[listed({ created_at: '2026-01-12T09:00:00Z' })]])).toMatchObject({
      value: { found: 'nothing' },
    });
    const busy = [listed({ id: 'x', input: {}, created_at: '2026-01-12T10:00:05Z' })];
    expect(await look([busy, busy, busy, busy])).toMatchObject({ ok: false });
  });

  it('leaves a prediction to the call that took it, if the submit answers late', async () => {
    server.reply(replicateReplies('succeeded-one.json'));
    const context = contextFor(server.url, 'replicate', { model: 'a/b', claim: async () => false });
    expect(await replicate.image.generate(anImageRequest(), context)).toMatchObject({ error: { kind: 'ambiguous' } });
  });
});
