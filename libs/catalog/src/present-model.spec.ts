import { imageBodySchema, NO_RULES, PROVIDER_SLUGS } from '@lumenfall/contracts';
import { anImageModelFile } from '@lumenfall/testing';
import { estimatePlan } from '@lumenfall/metering';
import { findModelAnswer, listModels, loadCatalog, parseCatalog, planImage } from './index.js';

const catalog = loadCatalog();
const answers = listModels(catalog, NO_RULES);
const images = answers.filter(({ modality }) => modality === 'image');

/**
 * Image models that clients know by name and that a provider still offers at a published price; docs/catalog.md lists
 * the others.
 */
const KNOWN = `riverflow-1-mini riverflow-1 riverflow-1-pro riverflow-2-fast-preview riverflow-2-standard-preview
riverflow-2-max-preview seedream-4 seedream-4.5 seedream-5-lite stable-diffusion-3.5-medium stable-diffusion-3.5-large
stable-diffusion-3.5-large-turbo flux.1-schnell flux.1-schnell-fp8 flux.1-dev flux.1-krea-dev flux.1-kontext-dev
flux.1-kontext-pro flux.1-kontext-max flux1.1-pro flux1.1-pro-ultra flux.2-dev flux.2-dev-flash flux.2-dev-turbo flux.2-flex
flux.2-pro flux.2-max flux.2-klein-4b flux.2-klein-9b qwen-image qwen-image-2512 qwen-image-max qwen-image-edit
qwen-image-edit-2509 qwen-image-edit-2511 gpt-image-1-mini gpt-image-1.5 gpt-image-2 wan-2.5-preview wan-2.6 wan-2.7
lucid-origin p-image-edit hidream-i1-fast hidream-i1-full hidream-e1-1 grok-imagine-image grok-imagine-image-pro
gemini-2.5-flash-image gemini-3-pro-image gemini-3-pro-image-preview gemini-3.1-flash-image-preview
gemini-3.1-flash-lite-image vidu-q2 z-image-turbo reve imagineart-1.5-preview mock-image topaz-image-upscale
recraft-crisp-upscale recraft-creative-upscale clarity-upscaler crystal-upscaler real-esrgan seedvr-image-upscale
flux-vision-upscaler`.split(/\s+/);

it.each(KNOWN)('the catalog has the model %s', (name) => {
  expect(findModelAnswer(catalog, NO_RULES, name)).toMatchObject({ ok: true });
});

describe('the model object of GET /models', () => {
  it.each(answers.map((answer) => [answer.id, answer] as const))('%s has no empty words', (_id, answer) => {
    const texts = (value: unknown): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [value];
    for (const text of texts(answer)) if (typeof text === 'string') expect(text.trim()).not.toBe('');
    expect(answer.description).toMatch(/^\w.*\.$/);
    expect(answer.model_page_path).toMatch(/^\/models\/[a-z0-9.-]+\/[a-z0-9.-]+$/);
    expect(answer.owned_by).toBe(answer.creator_organization);
    expect(Number.isInteger(answer.created)).toBe(true);
  });

  it.each(images.map((answer) => [answer.id, answer] as const))('%s says what it does', (_id, answer) => {
    const { modes, tags, capabilities, modalities } = answer;
    expect(tags.includes('image-generation')).toBe(modes.includes('text-to-image'));
    expect(tags.includes('image-editing')).toBe(modes.includes('image-edit'));
    expect(tags.includes('image-upscaling')).toBe(modes.includes('upscale'));
    expect(capabilities.includes('editing')).toBe(modes.includes('image-edit'));
    expect(modalities.input.includes('image')).toBe(modes.some((mode) => mode !== 'text-to-image'));
    expect(modalities.input.includes('text')).toBe(modes.some((mode) => mode !== 'upscale'));
    expect(modalities.output).toEqual(['image']);
  });

  it('is found by every name that only one model has', () => {
    const names = answers.flatMap(({ id, aliases, alternative_names, name }) => [
      ...new Set([id, name, ...aliases, ...alternative_names].map((one) => one.toLowerCase())),
    ]);
    expect(names.filter((name, at) => names.indexOf(name) < at)).toEqual([]);
  });

  it('lists inpainting for models that accept a mask', () => {
    const masks = images.filter(({ capabilities }) => capabilities.includes('inpainting')).map(({ id }) => id);
    expect(masks).toEqual(['gpt-image-1-mini', 'gpt-image-1.5', 'gpt-image-2']);
  });
});

describe('starting_price', () => {
  it.each([
    ['flux.1-dev', 0.014],
    ['gemini-3.1-flash-image-preview', 0.045],
    ['gpt-image-2', 0.00495],
    ['grok-imagine-image', 0.02],
    ['lucid-origin', 0.0167],
    ['seedvr-image-upscale', 0.001],
    ['kling-v3', 0.084],
  ])('starting_price is the cheapest single result: %s from %d USD', (id, price) => {
    expect(answers.find((answer) => answer.id === id)).toMatchObject({ starting_price: price, free: false });
  });

  it('includes the margin of the organization', () => {
    const [listed] = listModels(loadCatalog(), NO_RULES, '12.5').filter(({ id }) => id === 'kling-v3');
    expect(listed).toMatchObject({ starting_price: 0.0945 });
    expect(findModelAnswer(loadCatalog(), NO_RULES, 'kling-v3', '12.5')).toEqual({ ok: true, value: listed });
  });

  it.each(images.map((answer) => [answer.id, answer] as const))('%s is free only by being meant to', (id, answer) => {
    expect(answer.free).toBe(id === 'mock-image');
    expect(answer.starting_price === 0).toBe(answer.free);
  });
});

describe('a model that exists only in the sandbox', () => {
  const ask = (sandbox: boolean) =>
    planImage(
      catalog,
      { available: PROVIDER_SLUGS.map((provider) => ({ provider, sandbox })), rules: NO_RULES },
      imageBodySchema.parse({ model: 'mock-image', prompt: 'A fox', n: 3 }),
    );

  it('a sandbox model costs nothing', async () => {
    const planned = await ask(true);
    expect(planned).toMatchObject({
      value: { plan: { route: [{ provider: 'openai', providerModel: 'mock-image' }] } },
    });
    if (planned.ok) expect(estimatePlan(planned.value.plan)).toMatchObject({ value: { total_cost_micros: 0 } });
  });

  it('a sandbox model is not requested from the real provider', async () => {
    expect(await ask(false)).toMatchObject({
      error: {
        code: 'MODEL_DISABLED',
        message: "Model 'mock-image' is not available: it exists only in the sandbox",
      },
    });
  });
});

it('starting_price of an operator’s model is the cheapest of its offerings', () => {
  const own = parseCatalog([
    anImageModelFile(
      'mine',
      'text-to-image',
      `image: { tiers: [1K, 4K] }
offerings:
  - provider: fal
    model: mine
    price:
      - { type: output, metric: image, when: { resolution: 4K }, unit_price: '0.2' }
      - { type: output, metric: image, unit_price: '0.1' }
  - { provider: replicate, model: mine, price: [{ type: output, metric: megapixel, unit_price: '0.03' }] }`,
    ),
  ]);
  expect(listModels(own, NO_RULES)).toMatchObject([{ starting_price: 0.03, free: false }]);
});
