import {
  chatBodySchema,
  imageBodySchema,
  NO_RULES,
  PROVIDER_SLUGS,
  videoBodySchema,
  type Result,
  type RoutingRules,
} from '@lumenfall/contracts';
import {
  estimateMicrosOf,
  estimatePlan,
  loadCatalog,
  planChat,
  planImage,
  planVideo,
  type PlanningContext,
} from './index.js';

const catalog = loadCatalog();
const available = PROVIDER_SLUGS.map((provider) => ({ provider, sandbox: true }));
const sandbox: PlanningContext = { available, rules: NO_RULES };
const nobody: PlanningContext = { available: [], rules: NO_RULES };
const real = (...names: string[]): PlanningContext => ({
  ...sandbox,
  available: available.map((one) => ({ ...one, sandbox: !names.includes(one.provider) })),
});
const ruled = (rules: Partial<RoutingRules>): PlanningContext => ({ available, rules: { ...NO_RULES, ...rules } });

const chat = (model: string) =>
  chatBodySchema.parse({ model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 100 });
const image = (fields: object) => imageBodySchema.parse({ model: 'gemini-3-pro-image', prompt: 'A fox', ...fields });
const video = (fields: object) => videoBodySchema.parse({ model: 'sora-2', prompt: 'A fox runs', ...fields });

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('the plan of a chat', () => {
  it('takes the offerings in the order of their priority', async () => {
    const plan = valueOf(await planChat(catalog, sandbox, chat('openai/gpt-5.4-mini')));
    expect(plan.route.map((one) => one.provider)).toEqual(['openrouter', 'openai']);
  });

  it('never lets the sandbox stand behind a real provider', async () => {
    const plan = valueOf(await planChat(catalog, real('openai'), chat('openai/gpt-5.4-mini')));
    expect(plan.route.map((one) => one.provider)).toEqual(['openai']);
  });

  it('passes a model it does not know to OpenRouter, unpriced', async () => {
    const plan = valueOf(await planChat(catalog, sandbox, chat('openrouter/mistralai/mistral-large')));
    expect(plan).toMatchObject({
      model: 'mistralai/mistral-large',
      forced: false,
      route: [{ provider: 'openrouter', providerModel: 'mistralai/mistral-large', price: null }],
    });
    expect(estimatePlan(plan)).toMatchObject({ ok: false, error: { code: 'UNPRICED_MODEL' } });
  });

  it('sends any model to the endpoint that its prefix names, free of charge', async () => {
    const plan = valueOf(await planChat(catalog, sandbox, chat('openai-compatible/qwen/qwen3')));
    expect(plan).toMatchObject({
      forced: true,
      route: [{ provider: 'openai-compatible', providerModel: 'qwen/qwen3' }],
    });
    expect(estimatePlan(plan)).toMatchObject({ ok: true, value: { total_cost_micros: 0 } });
  });

  it.each([
    ['google/gemini-3-flash-previw', nobody, 'MODEL_NOT_FOUND', "Did you mean 'google/gemini-3-flash-preview'?"],
    ['gemini-3-flash-preview', sandbox, 'MODEL_NOT_FOUND', "Did you mean 'google/gemini-3-flash-preview'?"],
    ['GPT-IMAGE-1.5', sandbox, 'MODEL_NOT_FOUND', "Did you mean 'gpt-image-1.5'?"],
    ['no idea at all', sandbox, 'MODEL_NOT_FOUND', "Model 'no idea at all' not found"],
    ['sora-2', sandbox, 'INVALID_REQUEST', 'does not support chat. Supported modes: text-to-video, image-to-video'],
    ['google/gemini-3-flash-preview', nobody, 'MODEL_DISABLED', 'no key is configured for its providers (openrouter)'],
  ])('refuses %s', async (model, context, code, message) => {
    const refused = await planChat(catalog, context, chat(model));
    expect(refused).toMatchObject({
      ok: false,
      error: { code, message: expect.stringContaining(message), param: 'model' },
    });
  });
});

describe("an organization's lists", () => {
  it('take offerings off the route, and say so', async () => {
    const plan = valueOf(await planChat(catalog, ruled({ deny: ['openrouter/*'] }), chat('openai/gpt-5.4-mini')));
    expect(plan.route.map((one) => one.provider)).toEqual(['openai']);
    expect(plan.passedOver).toEqual([
      { provider: 'openrouter', executedModel: 'openrouter/openai/gpt-5.4-mini', why: 'denied-by-organization' },
    ]);
  });

  it.each([
    [{ deny: ['*/openai/gpt-*'] }, 'openai/gpt-5.4-mini'],
    [{ deny: ['openai/openai/gpt-5.4-mini'] }, 'openai/openai/gpt-5.4-mini'],
    [{ allow: ['fal/*'] }, 'google/gemini-3-flash-preview'],
    [{ deny: ['openrouter/mistralai/*'] }, 'mistralai/mistral-large'],
    [{ allow: ['openrouter/*'] }, 'openai-compatible/qwen3'],
  ])('%p refuse %s', async (rules, model) => {
    const refused = await planChat(catalog, ruled(rules), chat(model));
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'MODEL_DISABLED', message: expect.stringContaining('is not allowed for this organization') },
    });
  });
});

describe('the plan of an image', () => {
  it.each([
    [{ n: 2 }, 268_000],
    [{ resolution: '4K' }, 240_000],
    [{ size: '1024x1024', resolution: '4K' }, 134_000],
    [{ size: '16:9', resolution: '2K' }, 134_000],
    [{ size: '4000x3000' }, 240_000],
  ])('prices pictures by their tier: %p costs %d micros', async (fields, micros) => {
    const { plan } = valueOf(await planImage(catalog, sandbox, image(fields)));
    expect(valueOf(estimatePlan(plan)).total_cost_micros).toBe(micros);
    expect(estimateMicrosOf(plan)).toBe(micros);
  });

  it.each([
    [{}, 'medium', 1056],
    [{ quality: 'hd', size: '16:9' }, 'high', 6208],
    [{ quality: 'low', n: 3 }, 'low', 816],
  ])('counts the tokens of gpt-image: %p is %s', async (fields, quality, tokens) => {
    const { plan, request } = valueOf(await planImage(catalog, sandbox, image({ model: 'gpt-image-1.5', ...fields })));
    expect(request.quality).toBe(quality);
    expect(plan.route[0]?.estimate).toEqual([
      { type: 'input', metric: 'token', of: 'text', quantity: 2 },
      { type: 'output', metric: 'token', of: 'image', quantity: tokens },
    ]);
  });

  it('keeps unknown fields for the provider, and leaves ours out', async () => {
    const { request } = valueOf(
      await planImage(catalog, sandbox, image({ seed: 7, response_format: 'url', user: 'u1' })),
    );
    expect(request).toMatchObject({ extra: { seed: 7 }, user: 'u1' });
  });

  it('can be forced to one provider', async () => {
    const { plan } = valueOf(await planImage(catalog, sandbox, image({ model: 'gemini/gemini-3-pro-image' })));
    expect(plan).toMatchObject({ model: 'gemini-3-pro-image', forced: true });
    const refused = await planImage(catalog, sandbox, image({ model: 'fal/gemini-3-pro-image' }));
    expect(refused).toMatchObject({ error: { code: 'MODEL_NOT_FOUND' } });
  });

  it('refuses a prompt that is too long, naming the field', async () => {
    const refused = await planImage(catalog, sandbox, image({ prompt: 'x'.repeat(20_001) }));
    expect(refused).toMatchObject({ error: { code: 'INVALID_REQUEST', param: 'prompt' } });
  });
});

describe('the plan of a video', () => {
  it.each([
    [{ seconds: '8', size: '720x1280' }, { seconds: 8, size: '720x1280' }, 800_000],
    [{ seconds: 5, size: '1920x1080' }, { seconds: 4, size: '1792x1024' }, 400_000],
    [{ model: 'kling-v3', duration: 9, aspect_ratio: '9:16' }, { seconds: 10, size: '9:16' }, 840_000],
    [{ model: 'kling-v3' }, { seconds: 5, size: '16:9' }, 420_000],
  ])('makes the nearest video there is: %p', (fields, expected, micros) => {
    const { plan, request } = valueOf(planVideo(catalog, sandbox, video(fields)));
    expect(request).toMatchObject(expected);
    expect(valueOf(estimatePlan(plan)).total_cost_micros).toBe(micros);
  });

  it('refuses more references than the model takes', () => {
    const refused = planVideo(catalog, sandbox, video({ input_reference: [{ image_url: 'a' }, { image_url: 'b' }] }));
    expect(refused).toMatchObject({ error: { code: 'INVALID_REQUEST', param: 'input_reference' } });
  });

  it('refuses a reference where the model makes videos from text only', () => {
    const refused = planVideo(catalog, sandbox, video({ model: 'kling-v3', input_reference: { image_url: 'a' } }));
    expect(refused).toMatchObject({ error: { code: 'INVALID_REQUEST', param: 'model' } });
  });
});
