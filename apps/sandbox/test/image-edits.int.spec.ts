import { randomUUID } from 'node:crypto';
import { anImageRequest, eventually } from '@lumenfall/testing';
import type { ImageRequest, ProviderSlug } from '@lumenfall/contracts';
import {
  fetchMedia,
  GENERATION,
  providerAdapters,
  readProviderEndpoints,
  type ImageCallContext,
  type InputFile,
} from '@lumenfall/providers';
import sharp from 'sharp';
import { RunningSandbox } from './running-sandbox.js';

/** How each provider takes images, as the catalog's tables have it. */
const EDITORS: [ProviderSlug, string, Record<string, unknown>, boolean][] = [
  ['openai', 'gpt-image-1.5', { image: { send: 'many' }, mask: {} }, true],
  ['gemini', 'gemini-3-pro-image-preview', { image: { send: 'many' } }, false],
  ['vertex', 'gemini-3-pro-image-preview', { image: { send: 'many' } }, false],
  ['fal', 'fal-ai/qwen-image-edit', { image: { as: 'image_urls', send: 'many' }, mask: { as: 'mask_url' } }, true],
  ['replicate', 'google/nano-banana-pro', { image: { as: 'image_input', send: 'many' }, mask: {} }, true],
  ['bfl', 'flux-2-pro', { image: { as: 'input_image', send: 'numbered' }, mask: {} }, true],
  ['xai', 'grok-imagine-image', { image: { as: 'images', send: 'many' } }, false],
  [
    'fireworks',
    'accounts/fireworks/models/flux-kontext-pro',
    { image: { as: 'input_image', send: 'numbered' } },
    false,
  ],
  [
    'runware',
    'bfl:2@1',
    {
      prompt: { as: 'positivePrompt' },
      image: { as: 'referenceImages', send: 'many' },
      mask: { as: 'maskImage' },
    },
    true,
  ],
];

const UPSCALERS: [ProviderSlug, string, Record<string, unknown>][] = [
  ['fal', 'fal-ai/topaz/upscale/image', { image: { as: 'image_url' }, scale_factor: { as: 'upscale_factor' } }],
  ['replicate', 'nightmareai/real-esrgan', { image: {}, scale_factor: { as: 'scale' } }],
  ['runware', 'runware:500@1', { image: { as: 'inputImage' }, scale_factor: { as: 'upscaleFactor' } }],
];

const solid = async (red: number, green: number, blue: number, side = 96): Promise<InputFile> => ({
  bytes: await sharp({ create: { width: side, height: side, channels: 3, background: { r: red, g: green, b: blue } } })
    .png()
    .toBuffer(),
  contentType: 'image/png',
  width: side,
  height: side,
});

/** Transparent on its left half: that is where to edit. */
async function leftHalfMask(side = 96): Promise<InputFile> {
  const pixels = Buffer.alloc(side * side * 4, 255);
  for (let at = 0; at < side * side; at += 1) if (at % side < side / 2) pixels[at * 4 + 3] = 0;
  const bytes = await sharp(pixels, { raw: { width: side, height: side, channels: 4 } })
    .png()
    .toBuffer();
  return { bytes, contentType: 'image/png', width: side, height: side };
}

describe('an image edit or upscale at the sandbox', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await RunningSandbox.start();
  });
  afterAll(() => sandbox.stop());

  /** The first image that an adapter gets from the sandbox, as pixels. */
  async function make(
    provider: ProviderSlug,
    model: string,
    more: Partial<ImageCallContext>,
    request: Partial<ImageRequest>,
  ) {
    const endpoints = readProviderEndpoints({ SANDBOX_URL: sandbox.url });
    const endpoint = endpoints.ok ? endpoints.value.find((known) => known.provider === provider) : undefined;
    const adapter = providerAdapters[provider].image;
    if (endpoint === undefined || adapter === undefined) throw new Error(`No images at ${provider}.`);
    const signal = AbortSignal.timeout(60_000);
    const context = { endpoint, model, parameters: {}, requestId: 'req_test', limits: GENERATION, signal };
    const made = await adapter.generate(anImageRequest({ mode: 'image-edit', prompt: 'Make it better', ...request }), {
      ...context,
      files: [],
      mask: null,
      callId: randomUUID(),
      claim: async () => true,
      ...more,
    });
    if (!made.ok) return made.error;
    const [image] = made.value.images;
    if (image === undefined) throw new Error('No image.');
    const file = await fetchMedia(image.source, { endpoint, maxBytes: 50_000_000, timeoutMs: 60_000, signal });
    if (!file.ok) throw new Error(file.error.message);
    const { data, info } = await sharp(file.value).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number): number[] => {
      const start = (Math.round(y * (info.height - 1)) * info.width + Math.round(x * (info.width - 1))) * info.channels;
      return [...data.subarray(start, start + 3)];
    };
    return { width: info.width, height: info.height, at };
  }

  const pixelsOf = (made: Awaited<ReturnType<typeof make>>) => {
    if (!('at' in made)) throw new Error(made.message);
    return made;
  };
  const isRed = ([red = 0, green = 0, blue = 0]: number[]): boolean => red > 200 && green < 60 && blue < 60;

  it.each(EDITORS)('at %s shows the images that were sent', async (provider, model, parameters) => {
    const files = [await solid(255, 0, 0), await solid(0, 0, 255)];
    const made = pixelsOf(await make(provider, model, { parameters, files }, {}));
    const seen = Array.from({ length: 100 }, (_, index) => made.at(0.5 + index / 200, 0.15));
    expect(seen.some(isRed)).toBe(true);
    expect(seen.some(([red = 0, green = 0, blue = 0]) => blue > 200 && red < 60 && green < 60)).toBe(true);
  });

  it.each(EDITORS.filter(([, , , masks]) => masks))(
    'at %s keeps what the mask protects',
    async (provider, model, parameters) => {
      const more = { parameters, files: [await solid(255, 0, 0)], mask: await leftHalfMask() };
      const made = pixelsOf(await make(provider, model, more, {}));
      expect([0.6, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => isRed(made.at(x, y))))).not.toContain(false);
      expect([0.1, 0.4].flatMap((x) => [0.1, 0.5, 0.9].map((y) => isRed(made.at(x, y))))).not.toContain(true);
    },
  );

  it.each(UPSCALERS)('at %s enlarges the image by the factor asked for', async (provider, model, parameters) => {
    const more = { parameters, files: [await solid(255, 0, 0, 100)] };
    const upscale = { mode: 'upscale', prompt: '', scaleFactor: 3 } as const;
    const made = pixelsOf(await make(provider, model, more, upscale));
    expect([made.width, made.height]).toEqual([300, 300]);
    expect(isRed(made.at(0.5, 0.4))).toBe(true);
  });

  it.each([...EDITORS.map(([provider, model, parameters]) => [provider, model, parameters] as const), ...UPSCALERS])(
    'at %s refuses bytes that are not an image',
    async (provider, model, parameters) => {
      const files = [{ ...(await solid(1, 2, 3)), bytes: Buffer.from('not an image at all') }];
      expect(await make(provider, model, { parameters, files }, {})).toMatchObject({ kind: 'client' });
    },
  );

  it('at replicate that takes longer than the submit waits is polled, and cancelled when the caller aborts', async () => {
    const controller = new AbortController();
    const slow = make(
      'replicate',
      'google/nano-banana-pro',
      { signal: controller.signal },
      { mode: 'text-to-image', prompt: 'slow fox [sandbox latency=60000]' },
    );
    const isPolled = async (): Promise<boolean> =>
      (await sandbox.calls('slow fox')).some(({ operation }) => operation === 'poll');
    void eventually(isPolled).finally(() => controller.abort());
    expect(await slow).toMatchObject({ kind: 'cancelled' });
    expect((await sandbox.calls('slow fox')).map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(['submit', 'poll', 'cancel']),
    );
  });
});
