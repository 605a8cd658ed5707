import { chatBodySchema, NO_RULES, PROVIDER_SLUGS } from '@lumenfall/contracts';
import { estimatePlan } from '@lumenfall/metering';
import {
  findModelAnswer,
  listModels,
  loadCatalog,
  planChat,
  withListedModels,
  type ListedModel,
  type PlanningContext,
} from './index.js';

const listed = (id: string, more: Partial<ListedModel> = {}): ListedModel => ({
  id,
  name: `Listed ${id}`,
  description: 'From a list.',
  created: 1_760_000_000,
  inputs: ['text'],
  tools: true,
  contextWindow: 131_072,
  price: [
    { type: 'input', metric: 'token', unit_price: '0.000001' },
    { type: 'output', metric: 'token', unit_price: '0.000002' },
  ],
  ...more,
});

const files = loadCatalog();
const catalog = withListedModels(files, [
  listed('openai/gpt-5.4-mini'),
  listed('deepseek/deepseek-v3.2'),
  listed('qwen/qwen3-8b:free', {
    tools: false,
    price: listed('x/y').price.map((line) => ({ ...line, unit_price: '0' })),
  }),
  listed('openrouter/auto', { price: [], contextWindow: null }),
  listed('alibaba/wan-2.6-text'),
]);
const context: PlanningContext = {
  available: PROVIDER_SLUGS.map((provider) => ({ provider, sandbox: true })),
  rules: NO_RULES,
  reportsCost: (provider) => provider === 'openrouter',
};
const plan = (model: string, more: object = {}, changes: Partial<PlanningContext> = {}) =>
  planChat(
    catalog,
    { ...context, ...changes },
    chatBodySchema.parse({ model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 100, ...more }),
  );

describe('withListedModels', () => {
  it('adds listed models and keeps those that a file names', () => {
    expect(catalog.models.length).toBe(files.models.length + 4);
    expect(catalog.byName.get('openai/gpt-5.4-mini')).toBe(files.byName.get('openai/gpt-5.4-mini'));
    const ids = listModels(catalog, NO_RULES).map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(findModelAnswer(catalog, NO_RULES, 'deepseek/deepseek-v3.2')).toMatchObject({
      value: {
        owned_by: 'deepseek',
        created: 1_759_968_000,
        starting_price: 0.000002,
        modality: 'text',
        capabilities: ['streaming', 'tools'],
        limits: { context_window: 131_072 },
      },
    });
    expect(findModelAnswer(catalog, NO_RULES, 'qwen/qwen3-8b:free')).toMatchObject({ value: { free: true } });
    expect(findModelAnswer(catalog, NO_RULES, 'openrouter/auto')).toMatchObject({
      value: { free: false, starting_price: null },
    });
  });

  it('a chat with a listed model is priced from the list', async () => {
    const planned = await plan('deepseek/deepseek-v3.2');
    expect(planned).toMatchObject({
      value: { route: [{ provider: 'openrouter', providerModel: 'deepseek/deepseek-v3.2' }] },
    });
    if (planned.ok) expect(estimatePlan(planned.value)).toMatchObject({ value: { total_cost_micros: 209 } });
  });

  it.each([
    ['openrouter/auto', 'openrouter/auto'],
    ['openrouter/openrouter/auto', 'openrouter/auto'],
    ['deepseek/deepseek-v3.2:online', 'deepseek/deepseek-v3.2:online'],
  ])('%s is charged by the reported cost', async (asked, providerModel) => {
    const planned = await plan(asked);
    expect(planned).toMatchObject({ value: { route: [{ provider: 'openrouter', providerModel, price: null }] } });
    if (planned.ok) expect(estimatePlan(planned.value)).toMatchObject({ error: { code: 'UNPRICED_MODEL' } });
  });

  it('a listed model without a price is refused if its provider does not report the cost', async () => {
    expect(await plan('openrouter/auto', {}, { reportsCost: () => false })).toMatchObject({
      ok: false,
      error: { code: 'UNPRICED_MODEL', param: 'model' },
    });
  });

  it.each([
    ['deepseek/deepseek-v3.3', "Did you mean 'deepseek/deepseek-v3.2'?"],
    ['deepseek-v3.2', "Did you mean 'deepseek/deepseek-v3.2'?"],
    ['openrouter/deepseek/deepseek-v32', "Did you mean 'deepseek/deepseek-v3.2'?"],
    ['gpt-5.4-mini', "Did you mean 'openai/gpt-5.4-mini'?"],
    ['OpenAI/GPT-5.4-Mini', "Did you mean 'openai/gpt-5.4-mini'?"],
    ['nobody/some-model-that-is-not-listed', 'not found'],
  ])('%s is not found if the list does not contain it', async (asked, message) => {
    expect(await plan(asked)).toMatchObject({
      ok: false,
      error: { code: 'MODEL_NOT_FOUND', message: expect.stringContaining(message) },
    });
  });

  it('a chat that a listed model does not support is refused', async () => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    expect(await plan('qwen/qwen3-8b:free', { tools })).toMatchObject({ error: { param: 'tools' } });
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    expect(await plan('deepseek/deepseek-v3.2', { messages: [{ role: 'user', content: [image] }] })).toMatchObject({
      error: { code: 'INVALID_REQUEST', param: 'messages[0].content[0].type' },
    });
  });
});

describe('the suggestion for an unknown model', () => {
  it.each([
    ['wan-2.5-text', 'alibaba/wan-2.6-text'],
    ['gemini-3-pro-imag', 'gemini-3-pro-image'],
    ['nano-banana-pr', 'nano-banana-pro'],
    ['nano banana PRO', 'gemini-3-pro-image'],
    ['sora2', 'sora-2'],
    ['Kling-V3', 'kling-v3'],
  ])('%s: did you mean %s?', (asked, meant) =>
    expect(findModelAnswer(catalog, NO_RULES, asked)).toMatchObject({
      error: { code: 'MODEL_NOT_FOUND', message: `Model '${asked}' not found. Did you mean '${meant}'?` },
    }),
  );
});
