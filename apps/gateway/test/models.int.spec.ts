import type { ModelAnswer } from '@lumenfall/contracts';
import { eventually } from '@lumenfall/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFile } from './model-file.js';
import { listed, ModelListStandIn } from './model-list-stand-in.js';
import { chatBody, errorOf, RunningGateway } from './running-gateway.js';

const CHAT = '/openai/v1/chat/completions';
const dryRun = (model: string): [string, { json: unknown }] => [
  `${CHAT}?dryRun=true`,
  { json: chatBody({ model, max_tokens: 1000 }) },
];

describe('models', () => {
  const openRouter = new ModelListStandIn();
  let gateway: RunningGateway;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-catalog-'));
    await writeFile(join(folder, 'mine.yaml'), modelFile('me/mine', { name: 'Mine' }));
    await writeFile(join(folder, 'off.yaml'), 'id: kling-v3\nstatus: disabled\n');
    openRouter.up = false;
    gateway = await new RunningGateway().start({ SANDBOX_URL: await openRouter.start(), CATALOG_DIR: folder });
  });
  afterAll(async () => {
    await gateway.stop();
    await openRouter.stop();
    await rm(folder, { recursive: true });
  });

  const list = async (base = '/openai/v1'): Promise<ModelAnswer[]> =>
    ((await (await gateway.call(`${base}/models`)).json()) as { data: ModelAnswer[] }).data;
  const ids = async (): Promise<string[]> => (await list()).map(({ id }) => id);
  const reload = (): void => gateway.service.reload?.();

  it.each(['/openai/v1', '/v1'])('are listed at %s with every field', async (base) => {
    const models = await list(base);
    expect(models.find(({ id }) => id === 'gemini-3-pro-image')).toMatchObject({
      id: 'gemini-3-pro-image',
      object: 'model',
      created: 1_763_596_800,
      owned_by: 'google',
      name: 'Gemini 3 Pro Image',
      description: expect.any(String),
      creator_organization: 'google',
      featured: expect.any(Boolean),
      model_status: 'active',
      starting_price: expect.any(Number),
      free: false,
      tags: expect.arrayContaining(['image-generation']),
      aliases: expect.arrayContaining(['gemini-3-pro-image-preview']),
      alternative_names: expect.arrayContaining(['Nano Banana Pro']),
      model_page_path: '/models/google/gemini-3-pro-image',
      capabilities: expect.any(Array),
      modality: 'image',
      modes: expect.arrayContaining(['text-to-image']),
      modalities: { input: expect.arrayContaining(['text']), output: ['image'] },
    });
    expect(models.every((model) => 'image_url' in model)).toBe(true);
    expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining(['me/mine', 'openai/gpt-5.4-mini', 'sora-2']));
    expect(models.map(({ id }) => id)).not.toContain('kling-v3');
  });

  it.each([
    ['openai%2Fgpt-5.4-mini', 'openai/gpt-5.4-mini'],
    ['openai/gpt-5.4-mini', 'openai/gpt-5.4-mini'],
    ['nano-banana-pro', 'gemini-3-pro-image'],
    ['Nano%20Banana%20Pro', 'gemini-3-pro-image'],
    ['vertex%2Fgemini-3-pro-image-preview', 'gemini-3-pro-image'],
    ['replicate/nano-banana-pro', 'gemini-3-pro-image'],
    ['sora-2/', 'sora-2'],
  ])('%s is %s', async (name, id) => {
    const answer = await gateway.call(`/openai/v1/models/${name}`);
    expect(await answer.json()).toMatchObject({ id, object: 'model' });
  });

  it.each([
    ['invalid-model', 'MODEL_NOT_FOUND', "Model 'invalid-model' not found"],
    ['sora-3', 'MODEL_NOT_FOUND', "Model 'sora-3' not found. Did you mean 'sora-2'?"],
    ['NANO-BANANA-PRO', 'MODEL_NOT_FOUND', "Model 'NANO-BANANA-PRO' not found. Did you mean 'nano-banana-pro'?"],
    ['gpt-5.4-mini', 'MODEL_NOT_FOUND', "Model 'gpt-5.4-mini' not found. Did you mean 'openai/gpt-5.4-mini'?"],
    ['runware/sora-2', 'MODEL_NOT_FOUND', "Model 'runware/sora-2' not found. Did you mean 'sora-2'?"],
    ['kling-v3', 'MODEL_DISABLED', "Model 'kling-v3' is disabled"],
  ])('%s is a 404: %s', async (name, code, message) => {
    for (const query of ['', '?schema=true']) {
      const answer = await gateway.call(`/v1/models/${name}${query}`);
      expect([answer.status, await errorOf(answer)]).toMatchObject([404, { code, message, param: 'model' }]);
    }
  });

  describe('the schema of a model', () => {
    it.each(['/openai/v1', '/v1'])('at %s', async (base) => {
      const answer = await gateway.call(`${base}/models/openai%2Fgpt-5.4-mini?schema=true`);
      const schema = (await answer.json()) as object;
      expect(schema).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        'x-model': 'openai/gpt-5.4-mini',
        properties: { temperature: { minimum: 0, maximum: 2, 'x-handling': 'passed' } },
        required: ['model', 'messages'],
      });
      const validate = new Ajv2020({ strict: false }).compile(schema);
      expect([validate(chatBody()), validate(chatBody({ temperature: 3 }))]).toEqual([true, false]);
    });

    it.each([
      [
        'images/generations',
        { model: 'gemini-3-pro-image', prompt: 'x'.repeat(20_001) },
        'prompt: Too big: expected string to have <=20000 characters',
      ],
      [
        'images/generations',
        { model: 'gpt-image-1.5', prompt: 'x', quality: 'ultra' },
        'quality: Invalid option: expected one of "auto"|"hd"|"high"|"low"|"medium"|"standard"',
      ],
      [
        'videos',
        { model: 'sora-2', prompt: 'x', input_reference: [{ image_url: 'a' }, { image_url: 'b' }] },
        'input_reference: Too big: expected array to have <=1 items',
      ],
      [
        'chat/completions',
        { model: 'me/mine', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
        'messages[0].content[0].type: image_url is not supported by this model',
      ],
    ])('which %s holds bodies against', async (path, json, message) => {
      const answer = await gateway.call(`/openai/v1/${path}`, { json });
      expect([answer.status, await errorOf(answer)]).toMatchObject([
        400,
        { code: 'INVALID_REQUEST', message, param: message.split(':')[0] },
      ]);
    });
  });

  it('change with the files of the operator’s folder, while requests go on', async () => {
    await writeFile(join(folder, 'more.yaml'), modelFile('me/more'));
    await eventually(async () => (await ids()).includes('me/more'));
    expect((await gateway.call(...dryRun('me/more'))).status).toBe(200);
    await writeFile(join(folder, 'more.yaml'), 'id: broken: file');
    reload();
    expect(await ids()).toContain('me/more');
    await rm(join(folder, 'more.yaml'));
    reload();
    expect(await ids()).not.toContain('me/more');
  });

  describe("beyond the files are OpenRouter's", () => {
    it('which go there unlisted as long as its list cannot be read', async () => {
      expect(openRouter.asked).toBeGreaterThan(0);
      const answer = await gateway.call(...dryRun('deepseek/deepseek-v3.2'));
      expect([answer.status, await errorOf(answer)]).toMatchObject([503, { code: 'UNPRICED_MODEL' }]);
    });

    it('which are listed and priced once it is read', async () => {
      openRouter.up = true;
      reload();
      await eventually(async () => (await ids()).includes('deepseek/deepseek-v3.2'));
      const answer = await gateway.call(...dryRun('deepseek/deepseek-v3.2'));
      // 8 tokens in at 0.25, 1000 out at 0.38 USD per million.
      expect(await answer.json()).toMatchObject({ provider: 'openrouter', total_cost_micros: 382 });
    });

    it('and an id that is nowhere is not found', async () => {
      const answer = await gateway.call(...dryRun('deepseek/deepseek-v3.1'));
      expect([answer.status, await errorOf(answer)]).toMatchObject([
        404,
        { code: 'MODEL_NOT_FOUND', message: expect.stringContaining("Did you mean 'deepseek/deepseek-v3.2'?") },
      ]);
    });

    it('and the last list stays while a newer one cannot be read', async () => {
      openRouter.up = false;
      const before = openRouter.asked;
      reload();
      await eventually(() => openRouter.asked > before);
      expect(await ids()).toContain('deepseek/deepseek-v3.2');
      openRouter.up = true;
      openRouter.models = [listed('qwen/qwen3-8b:free', '0', '0')];
      await eventually(async () => {
        reload();
        return (await ids()).includes('qwen/qwen3-8b:free');
      });
      expect(await ids()).not.toContain('deepseek/deepseek-v3.2');
    });
  });

  it('are only those that the organization allows', async () => {
    await gateway.database.organizations.change('test', { deny: ['*/sora-2', 'openrouter/openai/*'] });
    // Keys are known for some seconds.
    const { key } = await gateway.newKey('ruled');
    const call = (path: string, json?: unknown) =>
      gateway.call(path, { headers: { authorization: `Bearer ${key}` }, ...(json !== undefined && { json }) });
    const { data } = (await (await call('/v1/models')).json()) as { data: ModelAnswer[] };
    expect(data.map(({ id }) => id)).not.toContain('sora-2');
    expect(data.map(({ id }) => id)).toContain('openai/gpt-5.4-mini');
    for (const [path, json] of [
      ['/v1/models/sora-2', undefined],
      ['/v1/models/sora-2?schema=true', undefined],
      ['/openai/v1/videos', { model: 'sora-2', prompt: 'x' }],
    ] as const) {
      const answer = await call(path, json);
      expect([answer.status, await errorOf(answer)]).toMatchObject([
        404,
        { code: 'MODEL_DISABLED', message: "Model 'sora-2' is not allowed for this organization" },
      ]);
    }
    const estimate = await call(`${CHAT}?dryRun=true`, chatBody());
    expect(await estimate.json()).toMatchObject({ provider: 'openai' });
  });
});
