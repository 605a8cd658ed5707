import { anImageRequest } from '@lumenfall/testing';
import { contextFor, SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { startReplayServer } from '../contract/replay-server.js';
import { falImages } from './image-adapter.js';
import { falSays } from '../contract/fal-script.js';

imageContract({
  provider: 'fal',
  image: falImages,
  model: 'fal-ai/flux/dev',
  path: '/fal-ai/flux/dev',
  key: { authorization: `Key ${SECRET}` },
  good: falSays('status-completed.json', 'result-images.json'),
  empty: falSays('status-completed.json', 'result-nothing.json'),
  moderated: falSays('status-completed.json', 'result-images-nsfw.json'),
  edit: { parameters: { image: { as: 'image_urls', send: 'many' }, mask: { as: 'mask_url' } }, mask: true },
  upscale: {
    parameters: { image: { as: 'image_url' }, scale_factor: { as: 'upscale_factor' } },
    asks: /"upscale_factor":4/,
  },
  lost: 'ambiguous',
  leadsTo: (elsewhere) => (request) =>
    request.method === 'POST'
      ? { body: JSON.stringify({ request_id: 'x', status_url: `${elsewhere}/s`, response_url: `${elsewhere}/r` }) }
      : { status: 500 },
});

describe('fal, an image provider', () => {
  const request = anImageRequest();

  it('reports what fal bills, in the unit that the catalog names', async () => {
    const server = await startReplayServer();
    const billed = { headers: { 'x-fal-billable-units': '1.5' } };
    server.says(falSays('status-completed.json', 'result-images.json', billed));
    const make = (parameters: Record<string, unknown>) =>
      falImages.generate(request, contextFor(server.url, 'fal', { model: 'fal-ai/flux/dev', parameters }));
    expect(await make({ billed_by: 'megapixel' })).toMatchObject({
      value: { usage: [{ type: 'output', metric: 'megapixel', quantity: 1.5, properties: {} }], reportedCostUsd: null },
    });
    expect(await make({})).toMatchObject({ value: { usage: null } });
    server.says(falSays('status-completed.json', 'result-images.json'));
    expect(await make({ billed_by: 'megapixel' })).toMatchObject({ value: { usage: null } });
    await server.close();
  });

  it('waits for a job, and cancels it when nobody waits any more', async () => {
    const server = await startReplayServer();
    server.says(falSays('status-in-progress.json', ''));
    const controller = new AbortController();
    void server.hears(3).then(() => controller.abort());
    const context = contextFor(server.url, 'fal', { model: 'fal-ai/flux/dev', signal: controller.signal });
    expect(await falImages.generate(request, context)).toMatchObject({ failure: { kind: 'cancelled' } });
    expect(server.heard.at(-1)).toMatchObject({ method: 'PUT' });
    expect(server.heard.filter(({ method }) => method === 'GET').length).toBeGreaterThan(1);
    await server.close();
  });
});
