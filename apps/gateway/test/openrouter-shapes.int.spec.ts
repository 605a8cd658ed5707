import { errorOf, RunningGateway } from './running-gateway.js';
import { metadata } from './scripted-worker.js';

const gateway = new RunningGateway();
/** The headers of `@openrouter/ai-sdk-provider` 2.10, on submissions and on polls. */
const SDK = { 'user-agent': 'ai/6.0.326 ai-sdk/openrouter/2.10.0' };
const VIDEOS = '/openai/v1/videos';
const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
beforeEach(() => void (gateway.billing.balanceMicros = 100_000_000));

/** What the SDK's schemas of a video accept: `error` is a text or absent. */
interface PolledVideo {
  id: string;
  polling_url: string;
  status: string;
  unsigned_urls?: string[];
  usage?: { cost: number };
  error?: string;
}

const post = (path: string, body: unknown, headers: Record<string, string> = SDK): Promise<Response> =>
  gateway.call(path, { json: body, headers });

it("a video of OpenRouter's SDK is answered, polled and delivered in OpenRouter's shape", async () => {
  const submitted = await post(VIDEOS, { model: 'sora-2', prompt: 'a cat', duration: 4, size: '1280x720' });
  expect(submitted.status).toBe(202);
  const video = (await submitted.json()) as PolledVideo;
  expect(video).toMatchObject({
    status: 'pending',
    polling_url: `${gateway.service.url.replace('127.0.0.1', 'localhost')}${VIDEOS}/${video.id}`,
  });
  expect(video).not.toHaveProperty('error');
  const row = await gateway.database.videos.get(video.id.replace('video_', 'req_'));
  if (row === null) throw new Error('The video has no row');
  const file = await gateway.media.save(Buffer.from('a video'), {
    contentType: 'video/mp4',
    extension: 'mp4',
    expiresAt: Date.now() + 60_000,
  });
  const output = { ...file, durationSeconds: 4, width: 1280, height: 720 };
  await gateway.database.videos.move(row, { state: 'completed', output, costMicros: 400_000, completedAt: new Date() });
  const polled = (await (await gateway.call(`${VIDEOS}/${video.id}`, { headers: SDK })).json()) as PolledVideo;
  expect(polled).toMatchObject({ status: 'completed', usage: { cost: 0.4 } });
  expect(polled.unsigned_urls).toHaveLength(1);
  expect(await (await fetch(polled.unsigned_urls?.[0] ?? '')).text()).toBe('a video');
});

it("a cancelled video has a text as error for OpenRouter's SDK", async () => {
  const video = (await (await post(VIDEOS, { model: 'sora-2', prompt: 'a cat' })).json()) as PolledVideo;
  await gateway.call(`${VIDEOS}/${video.id}`, { method: 'DELETE', headers: SDK });
  const polled = (await (await gateway.call(`${VIDEOS}/${video.id}`, { headers: SDK })).json()) as PolledVideo;
  expect(polled).toMatchObject({ status: 'cancelled', error: expect.any(String) });
});

it("fields of OpenRouter's video API from other clients are refused by name, and nothing is charged", async () => {
  const holds = gateway.billing.holds.size;
  const frames = [{ type: 'image_url', image_url: { url: PNG }, frame_type: 'first_frame' }];
  for (const [field, value] of [
    ['frame_images', frames],
    ['input_references', frames],
  ] as const) {
    const answer = await post(VIDEOS, { model: 'sora-2', prompt: 'a cat', [field]: value }, {});
    const error = await errorOf(answer);
    expect([answer.status, error.param]).toEqual([400, field]);
    expect(error.message).toContain('input_reference');
  }
  expect(gateway.billing.holds.size).toBe(holds);
});

it("POST /images answers OpenRouter's body with base64", async () => {
  gateway.worker.image = async (_job, send) => {
    const expiresAt = Date.now() + 60_000;
    const file = await gateway.media.save(Buffer.from('png'), {
      contentType: 'image/png',
      extension: 'png',
      expiresAt,
    });
    await send({
      type: 'images',
      images: [{ file, width: 1, height: 1, format: 'png', revisedPrompt: null }],
      metadata,
    });
  };
  const body = { model: 'gpt-image-1.5', prompt: 'a fox', n: 1, aspect_ratio: '1:1', provider: { order: ['openai'] } };
  const answer = await post('/openai/v1/images', body);
  expect([answer.status, await answer.json()]).toMatchObject([200, { data: [{ b64_json: 'cG5n' }] }]);
});
