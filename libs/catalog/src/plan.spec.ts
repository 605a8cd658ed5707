import {
  chatBodySchema,
  NO_RULES,
  PROVIDER_SLUGS,
  videoBodySchema,
  type Result,
  type RoutingRules,
} from '@lumenfall/contracts';
import { estimatePlan } from '@lumenfall/metering';
import { loadCatalog, planChat, planVideo, type PlanningContext } from './index.js';

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
const video = (fields: object) => videoBodySchema.parse({ model: 'sora-2', prompt: 'A fox runs', ...fields });

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('planChat', () => {
  it('sorts the offerings by priority', async () => {
    const plan = valueOf(await planChat(catalog, sandbox, chat('openai/gpt-5.4-mini')));
    expect(plan.route.map((one) => one.provider)).toEqual(['openrouter', 'openai']);
  });

  it('never uses the sandbox as fallback of a real provider', async () => {
    const plan = valueOf(await planChat(catalog, real('openai'), chat('openai/gpt-5.4-mini')));
    expect(plan.route.map((one) => one.provider)).toEqual(['openai']);
  });

  it('skips offerings that return one choice per call if n is larger', async () => {
    const several = { ...chat('anthropic/claude-haiku-4.5'), n: 2 };
    expect(valueOf(await planChat(catalog, sandbox, several))).toMatchObject({
      route: [{ provider: 'openrouter' }],
      passedOver: [{ provider: 'anthropic', why: 'mode-not-offered' }],
    });
    const forced = { ...several, model: 'anthropic/anthropic/claude-haiku-4.5' };
    expect(await planChat(catalog, sandbox, forced)).toMatchObject({ ok: false, error: { param: 'n' } });
  });

  it('plans only the forced provider and echoes the model without its prefix', async () => {
    expect(valueOf(await planChat(catalog, sandbox, chat('openai/openai/gpt-5.4-mini')))).toMatchObject({
      model: 'openai/gpt-5.4-mini',
      forced: true,
      route: [{ provider: 'openai' }],
    });
  });

  it('sends an unknown model to OpenRouter without a price', async () => {
    const plan = valueOf(await planChat(catalog, sandbox, chat('openrouter/mistralai/mistral-large')));
    expect(plan).toMatchObject({
      model: 'mistralai/mistral-large',
      forced: false,
      route: [{ provider: 'openrouter', providerModel: 'mistralai/mistral-large', price: null }],
    });
    expect(estimatePlan(plan)).toMatchObject({ ok: false, error: { code: 'UNPRICED_MODEL' } });
  });

  it('sends any model with the prefix openai-compatible/ to that endpoint at no cost', async () => {
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
    [
      'google/gemini-3-flash-preview',
      nobody,
      'MODEL_DISABLED',
      'no key is configured for its providers (openrouter, gemini)',
    ],
  ])('planChat refuses %s', async (model, context, code, message) => {
    const refused = await planChat(catalog, context, chat(model));
    expect(refused).toMatchObject({
      ok: false,
      error: { code, message: expect.stringContaining(message), param: 'model' },
    });
  });
});

describe("an organization's routing rules", () => {
  it('remove offerings from the route and record why', async () => {
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

describe('planVideo', () => {
  it.each([
    [{ seconds: '8', size: '720x1280' }, { seconds: 8, size: '720x1280' }, 800_000],
    [{ seconds: 5, size: '1920x1080' }, { seconds: 4, size: '1792x1024' }, 400_000],
    [{ model: 'kling-v3', duration: 9, aspect_ratio: '9:16' }, { seconds: 10, size: '9:16' }, 1_260_000],
    [{ model: 'kling-v3' }, { seconds: 5, size: '16:9' }, 630_000],
  ])('converts to the nearest supported video: %p', (fields, expected, micros) => {
    const { plan, request } = valueOf(planVideo(catalog, sandbox, video(fields)));
    expect(request).toMatchObject(expected);
    expect(valueOf(estimatePlan(plan)).total_cost_micros).toBe(micros);
  });

  it('refuses more input references than the model supports', () => {
    const refused = planVideo(catalog, sandbox, video({ input_reference: [{ image_url: 'a' }, { image_url: 'b' }] }));
    expect(refused).toMatchObject({ error: { code: 'INVALID_REQUEST', param: 'input_reference' } });
  });

  it('refuses an input reference if the model supports only text-to-video', () => {
    const refused = planVideo(catalog, sandbox, video({ model: 'kling-v3', input_reference: { image_url: 'a' } }));
    expect(refused).toMatchObject({ error: { code: 'INVALID_REQUEST', param: 'model' } });
  });
});
