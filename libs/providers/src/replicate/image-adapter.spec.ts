import { anImageRequest } from '@lumenfall/testing';
import { contextFor, SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { replicateRecorded, replicateSays } from '../contract/replicate-script.js';
import { startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import { replicateImages } from './image-adapter.js';

imageContract({
  provider: 'replicate',
  image: replicateImages,
  model: 'google/nano-banana-pro',
  path: '/models/google/nano-banana-pro/predictions',
  key: { authorization: `Bearer ${SECRET}`, prefer: 'wait=5' },
  good: replicateSays('succeeded-one.json'),
  empty: replicateSays('succeeded-nothing.json'),
  moderated: replicateSays('failed-flagged.json'),
  edit: { parameters: { image: { as: 'image_input', send: 'many' }, mask: {} }, mask: true },
  upscale: { parameters: { image: {}, scale_factor: { as: 'scale' } }, asks: /"scale":4/ },
  lost: 'ambiguous',
  leadsTo: (elsewhere) => (request) =>
    request.method === 'POST' ? replicateRecorded('starting.json', elsewhere) : { status: 500 },
});

describe('replicate, an image provider', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());
  const make = (model: string, signal = new AbortController().signal) =>
    replicateImages.generate(anImageRequest(), contextFor(server.url, 'replicate', { model, signal }));

  it('asks no further where the first answer has the picture', async () => {
    server.says(replicateSays('starting.json', 'succeeded-many.json'));
    const made = await make('black-forest-labs/flux-schnell');
    expect(made).toMatchObject({ ok: true, value: { images: [{}, {}] } });
    expect(server.heard).toHaveLength(1);
    expect(server.heard[0]?.headers['cancel-after']).toMatch(/^\d+s$/);
  });

  it('runs a version of a community’s model', async () => {
    server.says(replicateSays('succeeded-one.json'));
    await make('nightmareai/real-esrgan:abc123');
    expect(server.heard[0]).toMatchObject({ path: '/replicate/predictions' });
    expect(JSON.parse(server.heard[0]?.body ?? '')).toEqual({ version: 'abc123', input: { prompt: 'a fox' } });
  });

  it('asks again after a question that failed', async () => {
    let questions = 0;
    server.says((request) => {
      if (request.method === 'GET' && (questions += 1) < 3) return { status: 500 };
      return replicateSays('succeeded-one.json')(request);
    });
    expect(await make('a/b')).toMatchObject({ ok: true });
  });

  it('cancels when nobody waits any more', async () => {
    server.says(replicateSays('processing.json'));
    const controller = new AbortController();
    void server.hears(2).then(() => controller.abort());
    expect(await make('a/b', controller.signal)).toMatchObject({ failure: { kind: 'cancelled' } });
    expect(server.heard.at(-1)).toMatchObject({ method: 'POST' });
    expect(server.heard.at(-1)?.path).toMatch(/\/predictions\/ufawqhfynnddngldkgtslldrkq\/cancel$/);
  });
});
