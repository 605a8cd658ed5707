import { anImageRequest } from '../contract/an-image-request.js';
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
});

describe('fal, an image provider', () => {
  const request = anImageRequest();

  it('waits for a job, and cancels it when nobody waits any more', async () => {
    const server = await startReplayServer();
    server.says(falSays('status-in-progress.json', ''));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 400);
    const context = contextFor(server.url, 'fal', { model: 'fal-ai/flux/dev', signal: controller.signal });
    expect(await falImages.generate(request, context)).toMatchObject({ failure: { kind: 'cancelled' } });
    expect(server.heard.at(-1)).toMatchObject({ method: 'PUT' });
    expect(server.heard.filter(({ method }) => method === 'GET').length).toBeGreaterThan(1);
    await server.close();
  });
});
