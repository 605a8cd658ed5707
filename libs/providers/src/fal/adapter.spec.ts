import { anImageRequest } from '@lumenfall/testing';
import { clientWith, contextFor, SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { startReplayServer } from '../contract/replay-server.js';
import { falReplies } from '../contract/job-scripts.js';
import { fal } from './adapter.js';
import { readFalRefusal } from './errors.js';
import { falImageAnswer } from './image-answer.js';

imageContract({
  provider: 'fal',
  image: fal.image,
  model: 'fal-ai/flux/dev',
  path: '/fal-ai/flux/dev',
  key: { authorization: `Key ${SECRET}` },
  good: falReplies('status-completed.json', 'result-images.json'),
  empty: falReplies('status-completed.json', 'result-nothing.json'),
  moderated: falReplies('status-completed.json', 'result-images-nsfw.json'),
  edit: { parameters: { image: { as: 'image_urls', send: 'many' }, mask: { as: 'mask_url' } }, mask: true },
  upscale: {
    parameters: { image: { as: 'image_url' }, scale_factor: { as: 'upscale_factor' } },
    body: /"upscale_factor":4/,
  },
  lost: 'ambiguous',
  leadsTo: (elsewhere) => (request) =>
    request.method === 'POST'
      ? { body: JSON.stringify({ request_id: 'x', status_url: `${elsewhere}/s`, response_url: `${elsewhere}/r` }) }
      : { status: 500 },
});

describe('fal images and their bill', () => {
  const request = anImageRequest();
  const http = clientWith(readFalRefusal);

  it.each([
    [{ images: ['https://a/b.png'] }],
    [{ image: 'https://a/b.png', has_nsfw_concepts: 'none' }],
    [{ output: [{ url: 'https://a/b.png', width: '1024' }], seed: 'x' }],
    [{ images: [{ url: 'https://a/b.png' }], has_nsfw_concepts: null, timings: 3 }],
  ])('are read from %j', (body) =>
    expect(falImageAnswer({ status: 200, headers: {}, body }, null, http)).toMatchObject({
      value: { images: [{ source: { kind: 'url', url: 'https://a/b.png' } }] },
    }),
  );

  it('report the billed units in the unit that the catalog names', async () => {
    const server = await startReplayServer();
    const billed = { headers: { 'x-fal-billable-units': '1.5' } };
    server.reply(falReplies('status-completed.json', 'result-images.json', billed));
    const make = (parameters: Record<string, unknown>) =>
      fal.image.generate(request, contextFor(server.url, 'fal', { model: 'fal-ai/flux/dev', parameters }));
    expect(await make({ billed_by: 'megapixel' })).toMatchObject({
      value: { usage: [{ type: 'output', metric: 'megapixel', quantity: 1.5, properties: {} }], reportedCostUsd: null },
    });
    expect(await make({})).toMatchObject({ value: { usage: null } });
    server.reply(falReplies('status-completed.json', 'result-images.json'));
    expect(await make({ billed_by: 'megapixel' })).toMatchObject({ value: { usage: null } });
    await server.close();
  });

  it('poll a job, and cancel it when the caller leaves', async () => {
    const server = await startReplayServer();
    server.reply(falReplies('status-in-progress.json', ''));
    const controller = new AbortController();
    void server.received(3).then(() => controller.abort());
    const context = contextFor(server.url, 'fal', { model: 'fal-ai/flux/dev', signal: controller.signal });
    expect(await fal.image.generate(request, context)).toMatchObject({ error: { kind: 'cancelled' } });
    expect(server.requests.at(-1)).toMatchObject({ method: 'PUT' });
    expect(server.requests.filter(({ method }) => method === 'GET').length).toBeGreaterThan(1);
    await server.close();
  });
});
