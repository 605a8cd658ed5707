import { imageBodySchema, imageEditBodySchema, NO_RULES, PROVIDER_SLUGS, type InputImage } from '@lumenfall/contracts';
import { anImageModelFile } from '@lumenfall/testing';
import { parseCatalog, planImage, planImageEdit, readParameterTable, upstreamParameters } from './index.js';

const catalog = parseCatalog([
  anImageModelFile(
    'by-pixel',
    'text-to-image, image-edit',
    `image: {}
offerings:
  - provider: fal
    model: pixels
    parameters:
      size: { as: image_size, pixels: object, max: 2048 }
      image: { send: one }
      max_inputs: 1
    price: [{ type: output, metric: megapixel, unit_price: '0.01' }]
  - provider: replicate
    model: pixels
    priority: 1
    parameters: { size: { pixels: sides, max: 2048 }, image: { send: many }, max_inputs: 3 }
    price: [{ type: output, metric: megapixel, unit_price: '0.01' }]`,
  ),
  anImageModelFile(
    'grows',
    'upscale',
    `limits: { max_input_bytes: 1000 }
image: { upscale: { default: 2 } }
offerings:
  - provider: fal
    model: grows
    parameters: { image: {}, scale_factor: { min: 1, max: 4 } }
    price: [{ type: output, metric: megapixel, unit_price: '0.01' }]
  - provider: replicate
    model: grows
    priority: 1
    parameters: { image: {}, scale_factor: { nearest: { 2: x2, 8: x8 } } }
    price: [{ type: output, metric: megapixel, unit_price: '0.01' }]`,
  ),
  anImageModelFile(
    'any-size',
    'text-to-image',
    `image:
  quality: { default: low, names: { standard: low } }
  output_tokens: { low: { 1024x1024: 200, 3840x2160: 400 }, high: { 1024x1024: 7000, 3840x2160: 13000 } }
offerings:
  - provider: openai
    model: any-size
    parameters: { size: { pixels: text, max: 3840 } }
    price: [{ type: output, metric: token, of: image, unit_price: '0.00003' }]`,
  ),
]);
const context = {
  available: PROVIDER_SLUGS.map((provider) => ({ provider, sandbox: true })),
  rules: NO_RULES,
};
const image = (width: number, height: number, sizeBytes = 500): InputImage => ({
  name: 'a.png',
  contentType: 'image/png',
  width,
  height,
  sizeBytes,
});
const generate = (model: string, fields: object = {}) =>
  planImage(catalog, context, imageBodySchema.parse({ model, prompt: 'A fox', ...fields }));
const edit = (model: string, inputs: InputImage[], fields: object = {}) =>
  planImageEdit(catalog, context, imageEditBodySchema.parse({ model, ...fields }), { inputs, mask: null });

async function planned(plan: ReturnType<typeof generate>) {
  const result = await plan;
  if (!result.ok) throw new Error(result.error.message);
  return { ...result.value, estimates: result.value.plan.route.map(({ estimate }) => estimate.at(-1)?.quantity) };
}

describe('estimateImages', () => {
  it.each([[{}], [{ size: 'auto' }], [{ size: '16:9' }], [{ size: '5000x100' }], [{ resolution: '2K' }]])(
    'is what the provider is asked for: %j',
    async (fields) => {
      const { plan, request, estimates } = await planned(generate('by-pixel', fields));
      const asked = plan.route.map(({ parameters }) => upstreamParameters(readParameterTable(parameters), request));
      const [object, sides] = asked as [
        { image_size: { width: number; height: number } },
        { width: number; height: number },
      ];
      expect(object.image_size).toEqual({ width: sides.width, height: sides.height });
      expect(estimates).toEqual(Array.from({ length: 2 }, () => (sides.width * sides.height) / 1_000_000));
    },
  );

  it('estimates an edit without a size at the size of its input image', async () => {
    const { estimates } = await planned(edit('by-pixel', [image(4000, 2000)], { prompt: 'Night' }));
    expect(estimates).toEqual([2.097152, 2.097152]);
  });

  it('estimates an upscale at the factor that each provider supports', async () => {
    const { request, plan, estimates } = await planned(edit('grows', [image(100, 100)], { scale_factor: 7 }));
    const asked = plan.route.map(({ parameters }) => upstreamParameters(readParameterTable(parameters), request));
    expect(asked).toEqual([{ scale_factor: 4 }, { scale_factor: 'x8' }]);
    expect(estimates).toEqual([0.16, 0.64]);
  });

  it.each([
    [{}, 200],
    [{ size: '1152x1024' }, 200],
    [{ size: '3840x2160' }, 400],
    [{ size: '3000x2400', quality: 'high' }, 13_000],
    [{ size: '9999x100', quality: 'high' }, 7_000],
  ])('estimates the tokens of the size nearest in area: %j is %d', async (fields, tokens) => {
    expect((await planned(generate('any-size', fields))).estimates).toEqual([tokens]);
  });
});

describe('an unsupported image request', () => {
  const refusal = async (plan: ReturnType<typeof generate>) => {
    const result = await plan;
    return result.ok ? null : [result.error.param, result.error.message];
  };

  it('an edit with a forced provider is refused with the number of input images it supports', async () => {
    const several = [image(10, 10), image(10, 10)];
    expect(await refusal(edit('fal/by-pixel', several, { prompt: 'Night' }))).toEqual([
      'image',
      "Model 'by-pixel' supports at most 1 input image at fal",
    ]);
    expect(await planned(edit('by-pixel', several, { prompt: 'Night' }))).toMatchObject({
      plan: { route: [{ provider: 'replicate' }] },
    });
  });

  it('an input image above the byte limit of the model is refused', async () => {
    expect(await refusal(edit('grows', [image(10, 10, 1001)]))).toEqual([
      'image',
      "image: Model 'grows' supports images of at most 1000 bytes",
    ]);
  });

  it('an input image is checked against the offerings that the organization may use', async () => {
    const large = [image(2500, 2500)];
    // 10,000 x 10,000 at one, 20,000 x 20,000 at the other.
    expect(await refusal(edit('grows', large, { scale_factor: 8 }))).toBeNull();
    expect(await refusal(edit('replicate/grows', large, { scale_factor: 8 }))).toEqual([
      'scale_factor',
      expect.stringContaining('20000x20000'),
    ]);
  });
});
