import {
  imageBodySchema,
  imageEditBodySchema,
  NO_RULES,
  PROVIDER_SLUGS,
  type InputImage,
  type Result,
} from '@lumenfall/contracts';
import { anImageModelFile } from '@lumenfall/testing';
import { estimateMicrosOf, estimatePlan } from '@lumenfall/metering';
import { loadCatalog, parseCatalog, planImage, planImageEdit, type PlannedImage } from './index.js';

const catalog = parseCatalog([
  anImageModelFile(
    'by-tier',
    'text-to-image, image-edit',
    `prompt_limit: 100
image: { tiers: [1K, 2K, 4K], input_images: 3 }
offerings:
  - provider: gemini
    model: tiers
    parameters: { image: { send: many } }
    price:
      - { type: output, metric: image, when: { resolution: 4K }, unit_price: '0.24' }
      - { type: output, metric: image, unit_price: '0.134' }
  - { provider: fal, model: tiers, modes: [text-to-image], priority: 1, price: [{ type: output, metric: image, unit_price: '0.15' }] }`,
  ),
  anImageModelFile(
    'by-token',
    'text-to-image, image-edit',
    `image:
  sizes: [1024x1024, 1536x1024, 1024x1536]
  quality: { default: medium, names: { hd: high, standard: medium, auto: medium } }
  input_tokens: 300
  output_tokens:
    low: { 1024x1024: 272, 1536x1024: 400, 1024x1536: 408 }
    medium: { 1024x1024: 1056, 1536x1024: 1568, 1024x1536: 1584 }
    high: { 1024x1024: 4160, 1536x1024: 6208, 1024x1536: 6240 }
offerings:
  - provider: openai
    model: tokens
    parameters: { image: { send: many } }
    price:
      - { type: input, metric: token, of: text, unit_price: '0.000005' }
      - { type: input, metric: token, of: image, unit_price: '0.000008' }
      - { type: output, metric: token, of: image, unit_price: '0.00004' }`,
  ),
  anImageModelFile(
    'by-pixel',
    'text-to-image',
    `image: {}
offerings:
  - provider: fal
    model: pixels
    parameters: { size: { as: image_size, pixels: object, max: 2048 } }
    price: [{ type: output, metric: megapixel, unit_price: '0.025' }]`,
  ),
  anImageModelFile(
    'edits-only',
    'image-edit',
    `image: { input_images: 1 }
offerings:
  - { provider: fal, model: edits, parameters: { image: { send: one } }, price: [{ type: output, metric: image, unit_price: '0.03' }, { type: input, metric: megapixel, unit_price: '0.01' }] }`,
  ),
  anImageModelFile(
    'grows',
    'upscale',
    `image: { upscale: { default: 2, factors: [2, 4] } }
offerings:
  - { provider: replicate, model: grows, parameters: { image: { send: one }, scale_factor: passed }, price: [{ type: output, metric: megapixel, unit_price: '0.001' }] }`,
  ),
]);

const available = PROVIDER_SLUGS.map((provider) => ({ provider, sandbox: true }));
const context = { available, rules: NO_RULES };

const image = (width = 1000, height = 500): InputImage => ({
  name: 'a.png',
  contentType: 'image/png',
  width,
  height,
  sizeBytes: 1,
});

const generate = (fields: object): Promise<Result<PlannedImage>> =>
  planImage(catalog, context, imageBodySchema.parse({ model: 'by-tier', prompt: 'A fox', ...fields }));
const edit = (
  fields: object,
  inputs: InputImage[] = [image()],
  mask: InputImage | null = null,
): Promise<Result<PlannedImage>> =>
  planImageEdit(catalog, context, imageEditBodySchema.parse(fields), { inputs, mask });

async function planned(result: Promise<Result<PlannedImage>>): Promise<PlannedImage & { micros: number }> {
  const value = await result;
  if (!value.ok) throw new Error(value.error.message);
  const estimate = estimatePlan(value.value.plan);
  if (!estimate.ok) throw new Error(estimate.error.message);
  return { ...value.value, micros: estimate.value.total_cost_micros };
}

const refusalOf = async (result: Promise<Result<PlannedImage>>): Promise<[string | null, string]> => {
  const value = await result;
  if (value.ok) throw new Error('It was planned');
  return [value.error.param, value.error.message];
};

describe('planImage', () => {
  it.each([
    [{ n: 2 }, 268_000],
    [{ resolution: '4K' }, 240_000],
    [{ size: '1024x1024', resolution: '4K' }, 134_000],
    [{ size: '16:9', resolution: '2K' }, 134_000],
    [{ size: '4000x3000' }, 240_000],
  ])('prices images by tier: %p costs %d micros', async (fields, expected) => {
    const { plan, micros } = await planned(generate(fields));
    expect(micros).toBe(expected);
    // A hold covers the dearest offering.
    expect(estimateMicrosOf(plan)).toBeGreaterThanOrEqual(expected);
  });

  it.each([
    [{}, 'medium', 1056],
    [{ quality: 'hd', size: '16:9' }, 'high', 6208],
    [{ quality: 'standard', size: '1024x1024' }, 'medium', 1056],
    [{ quality: 'low', n: 3 }, 'low', 816],
  ])('estimates image tokens: %p is %s', async (fields, quality, tokens) => {
    const { plan, request } = await planned(generate({ model: 'by-token', ...fields }));
    expect(request.quality).toBe(quality);
    expect(plan.route[0]?.estimate).toEqual([
      { type: 'input', metric: 'token', of: 'text', quantity: 2 },
      { type: 'output', metric: 'token', of: 'image', quantity: tokens },
    ]);
  });

  it.each([
    [{}, 1.048576],
    [{ size: '1024x512', n: 2 }, 1.048576],
    [{ size: '4096x4096' }, 4.194304],
  ])('estimates megapixels of the planned size: %p are %d', async (fields, quantity) => {
    const { plan } = await planned(generate({ model: 'by-pixel', ...fields }));
    expect(plan.route[0]?.estimate).toEqual([{ type: 'output', metric: 'megapixel', quantity }]);
  });

  it('keeps unknown fields for the provider and drops our own and image fields', async () => {
    const fields = {
      seed: 7,
      response_format: 'url',
      user: 'u1',
      image: 'https://a.b/c.png',
      mask: 'x',
      image_url: 'y',
    };
    const { request } = await planned(generate(fields));
    expect(request).toMatchObject({ mode: 'text-to-image', inputs: [], extra: { seed: 7 }, user: 'u1' });
    expect(Object.keys(request.extra)).toEqual(['seed']);
  });

  it('plans only the forced provider', async () => {
    expect(await planned(generate({ model: 'gemini/by-tier' }))).toMatchObject({
      plan: { model: 'by-tier', forced: true, route: [{ provider: 'gemini' }] },
    });
    expect(await generate({ model: 'replicate/by-tier' })).toMatchObject({ error: { code: 'MODEL_NOT_FOUND' } });
  });

  it.each([
    [{ prompt: 'x'.repeat(101) }, 'prompt', /100 characters/],
    [
      { model: 'edits-only' },
      'model',
      /^Model 'edits-only' does not support text-to-image. Supported modes: image-edit$/,
    ],
    [{ output_format: 'avif', resolution: '4K' }, 'output_format', /AVIF supports at most 1600 pixels per side/],
  ])('planImage refuses %p', async (fields, param, message) => {
    expect(await refusalOf(generate(fields))).toEqual([param, expect.stringMatching(message)]);
  });
});

describe('planImageEdit for an edit', () => {
  it('skips offerings that only generate', async () => {
    const { plan, request } = await planned(edit({ model: 'by-tier', prompt: 'Night' }));
    expect(plan.route.map(({ provider }) => provider)).toEqual(['gemini']);
    expect(plan.passedOver).toEqual([{ provider: 'fal', executedModel: 'fal/tiers', why: 'mode-not-offered' }]);
    expect(request).toMatchObject({ mode: 'image-edit', inputs: [{ width: 1000 }] });
  });

  it('refuses a forced provider that only generates', async () => {
    const [param, message] = await refusalOf(edit({ model: 'fal/by-tier', prompt: 'Night' }));
    expect([param, message]).toEqual(['model', "Model 'by-tier' is not offered for image-edit at fal"]);
  });

  it('counts input images that have a price', async () => {
    const tokens = await planned(edit({ model: 'by-token', prompt: 'Night' }, [image(), image()]));
    expect(tokens.plan.route[0]?.estimate).toContainEqual({
      type: 'input',
      metric: 'token',
      of: 'image',
      quantity: 600,
    });
    const pixels = await planned(edit({ model: 'edits-only', prompt: 'Night', n: 2 }));
    expect(pixels.micros).toBe(2 * (30_000 + 5_000));
  });

  it.each([
    [{ model: 'by-pixel', prompt: 'Night' }, 1, 'model', /^Model 'by-pixel' does not support image editing$/],
    [{ model: 'by-tier' }, 1, 'prompt', /^prompt: /],
    [{ model: 'by-tier', prompt: 'Night' }, 0, 'image', /^image: Required/],
    [{ model: 'by-tier', prompt: 'Night' }, 4, 'image', /supports at most 3 input images/],
    [
      { model: 'edits-only', prompt: 'Night' },
      2,
      'image',
      /^Model 'edits-only' does not support multiple input images$/,
    ],
    [{ model: 'by-tier', prompt: 'Night', scale_factor: 2 }, 1, 'model', /^Model 'by-tier' does not support upscaling/],
  ])('planImageEdit refuses %p with %d images', async (fields, count, param, message) => {
    const inputs = Array.from({ length: count }, () => image());
    expect(await refusalOf(edit(fields, inputs))).toEqual([param, expect.stringMatching(message)]);
  });
});

describe('planImageEdit for an upscale', () => {
  it.each([
    [{}, 2, 2],
    [{ scale_factor: 4 }, 4, 8],
    [{ scale_factor: 3 }, 4, 8],
    [{ scale_factor: 1.5 }, 2, 2],
  ])('%p multiplies the width by %d and gives %d megapixels', async (fields, factor, megapixels) => {
    const { plan, request, micros } = await planned(edit({ model: 'grows', ...fields }));
    expect(request).toMatchObject({ mode: 'upscale', scaleFactor: factor, prompt: '' });
    expect(plan.route[0]?.estimate).toEqual([{ type: 'output', metric: 'megapixel', quantity: megapixels }]);
    expect(micros).toBe(megapixels * 1_000);
  });

  it('refuses an oversized result, several images, and a mask', async () => {
    expect(await refusalOf(edit({ model: 'grows', scale_factor: 4 }, [image(5000, 5000)]))).toEqual([
      'scale_factor',
      expect.stringContaining('20000x20000'),
    ]);
    expect(await refusalOf(edit({ model: 'grows' }, [image(), image()]))).toEqual([
      'image',
      "Model 'grows' does not support multiple input images",
    ]);
    expect(await refusalOf(edit({ model: 'grows' }, [image()], image()))).toEqual(['mask', expect.any(String)]);
  });
});

describe('every image model of the catalog', () => {
  const real = loadCatalog();
  const works = real.models
    .filter(({ modality, status }) => modality === 'image' && status !== 'disabled')
    .flatMap((entry) => entry.modes.map((mode) => [entry.id, mode] as const));

  it.each(works)('has a route and a price: %s, %s', async (id, mode) => {
    const fields = { model: id, ...(mode === 'upscale' ? { scale_factor: 2 } : { prompt: 'A fox' }) };
    const result =
      mode === 'text-to-image'
        ? planImage(real, context, imageBodySchema.parse(fields))
        : planImageEdit(real, context, imageEditBodySchema.parse(fields), { inputs: [image()], mask: null });
    const { plan } = await planned(result);
    for (const offering of plan.route) {
      expect(estimatePlan({ ...plan, route: [offering] })).toMatchObject({ ok: true });
    }
  });
});
