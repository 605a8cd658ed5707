import type { GeneratedImage } from '@lumenfall/contracts';
import { endImageRun } from './end-image-run.js';
import { errorOf, RunningGateway } from './running-gateway.js';
import { metadata } from './scripted-worker.js';

const gateway = new RunningGateway();
const IMAGES = '/openai/v1/images/generations';
const image = Buffer.from('the bytes of an image, more or less');

beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.worker.image = async (_job, send) => send({ type: 'images', images: [await storedImage()], metadata });
});

async function storedImage(): Promise<GeneratedImage> {
  const file = await gateway.media.save(image, {
    contentType: 'image/png',
    extension: 'png',
    expiresAt: Date.now() + 3_600_000,
  });
  return { file, width: 1024, height: 768, format: 'png', revisedPrompt: 'a better cat' };
}

interface Answer {
  id: string;
  data: { url?: string; b64_json?: string; revised_prompt?: string }[];
}

const body = (more: Record<string, unknown> = {}) => ({ model: 'gemini-3-pro-image', prompt: 'a cat', ...more });
const generate = async (more: Record<string, unknown> = {}): Promise<Answer> =>
  (await (await gateway.call(IMAGES, { json: body(more) })).json()) as Answer;

describe('a generated image', () => {
  it('is answered with an address that needs no key', async () => {
    const answer = await gateway.call(IMAGES, { json: body() });
    const images = (await answer.json()) as Answer;
    expect(images).toMatchObject({
      id: answer.headers.get('x-lumenfall-request-id'),
      size: '1024x768',
      output_format: 'png',
      data: [{ revised_prompt: 'a better cat' }],
      metadata,
    });
    expect(images.data[0]).not.toHaveProperty('b64_json');
    const file = await fetch(images.data[0]?.url ?? '');
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(image);
  });

  it('is answered in base64 if the request asks for it', async () => {
    const { data } = await generate({ response_format: 'b64_json' });
    expect(data).toEqual([{ b64_json: image.toString('base64'), revised_prompt: 'a better cat' }]);
  });

  it('of an OpenAI model is answered in both forms by default', async () => {
    const { data } = await generate({ model: 'gpt-image-1.5' });
    expect(data[0]).toMatchObject({ b64_json: image.toString('base64') });
    expect(data[0]?.url).toContain('/media/');
  });

  it.each([
    ['none', 3_600_000],
    ['7d', 7 * 86_400_000],
  ] as const)('is kept for the media retention of its organization: %s', async (mediaRetention, keepMs) => {
    await gateway.database.organizations.change('test', { mediaRetention });
    // Keys are known for some seconds; a new one is not.
    const { key } = await gateway.newKey(mediaRetention);
    const kept: number[] = [];
    gateway.worker.image = async (job, send) => {
      kept.push(job.keepMs);
      await send({ type: 'images', images: [await storedImage()], metadata });
    };
    await gateway.call(IMAGES, { headers: { authorization: `Bearer ${key}` }, json: body() });
    expect(kept).toEqual([keepMs]);
  });

  it('has a hold under its request id', async () => {
    let requestId = '';
    const scripted = gateway.worker.image;
    gateway.worker.image = async (job, send, context) => {
      requestId = job.requestContext.requestId;
      await scripted(job, send, context);
    };
    await generate();
    expect(gateway.billing.holds.get(requestId)).toBeGreaterThan(0);
  });

  it('of a model that is priced by token is answered with its usage, also by a replay', async () => {
    const usage = {
      total_tokens: 1_100,
      input_tokens: 100,
      output_tokens: 1_000,
      input_tokens_details: { text_tokens: 40, image_tokens: 60 },
    };
    gateway.worker.image = async (job, send) =>
      endImageRun(
        gateway.database,
        job,
        { type: 'images', images: [await storedImage()], metadata, created: 1_700_000_000, usage },
        send,
      );
    const headers = { 'idempotency-key': 'with usage' };
    const json = body({ model: 'gpt-image-1.5', response_format: 'url' });
    const answers = [1, 2].map(async () => (await gateway.call(IMAGES, { json, headers })).json());
    expect(await Promise.all(answers)).toMatchObject([{ usage }, { usage }]);
  });

  it('of another model is answered without usage', async () => {
    expect(await generate()).not.toHaveProperty('usage');
  });

  it('is refused if the balance does not cover it', async () => {
    gateway.billing.balanceMicros = 1;
    const answer = await gateway.call(IMAGES, { json: body() });
    gateway.billing.balanceMicros = 10_000_000;
    expect([answer.status, (await errorOf(answer)).code]).toEqual([402, 'INSUFFICIENT_BALANCE']);
  });

  it('is estimated by a dry run', async () => {
    const estimate = (await (await gateway.call(`${IMAGES}?dryRun=true`, { json: body({ n: 2 }) })).json()) as Record<
      string,
      unknown
    >;
    expect(estimate).toMatchObject({ estimated: true, components: [{ metric: 'image', quantity: 2 }] });
  });
});

describe('a stored file', () => {
  let url = '';
  beforeAll(async () => {
    const { file } = await storedImage();
    url = `${gateway.service.url}/media/${file.name}`;
  });

  it('answers HEAD requests', async () => {
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')]).toEqual([
      200,
      String(image.length),
      'bytes',
    ]);
    expect(head.headers.get('cache-control')).toMatch(/^private, max-age=3\d\d\d$/);
    expect(head.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('answers byte ranges', async () => {
    const part = await fetch(url, { headers: { range: 'bytes=4-8' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      `bytes 4-8/${image.length}`,
      'bytes',
    ]);
  });

  it('refuses a range beyond its end', async () => {
    const part = await fetch(url, { headers: { range: 'bytes=5000-' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([416, `bytes */${image.length}`]);
    expect((await errorOf(part)).code).toBe('INVALID_REQUEST');
  });

  it('is not sent again to a client that has it', async () => {
    const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag') ?? '';
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });
});
