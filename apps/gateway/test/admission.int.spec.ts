import { chatBody, errorOf, RunningGateway } from './running-gateway.js';
import { chunk, end } from './scripted-worker.js';

const gateway = new RunningGateway();
let jobs = 0;
beforeAll(async () => {
  await gateway.start();
  gateway.worker.chat = async (_job, send) => {
    jobs += 1;
    await send(chunk({ content: 'x' }), end);
  };
});
afterAll(() => gateway.stop());
beforeEach(() => void (jobs = 0));

const CHAT = '/openai/v1/chat/completions';
const IMAGES = '/openai/v1/images/generations';
const VIDEOS = '/openai/v1/videos';

describe('dryRun', () => {
  it.each([
    ['dryRun=1', 'dryRun'],
    ['dryRun=TRUE', 'dryRun'],
    ['dryRun=', 'dryRun'],
    ['dryRun', 'dryRun'],
    ['dryRun=yes', 'dryRun'],
    ['dryRun=true&dryRun=true', 'dryRun'],
    ['dryrun=true', 'dryrun'],
    ['DryRun=true', 'DryRun'],
    ['dry_run=true', 'dry_run'],
    ['dry-run=true', 'dry-run'],
    ['dryRun[]=true', 'dryRun[]'],
  ])('written as ?%s is refused with the name of the parameter, and nothing is executed', async (query, param) => {
    const answer = await gateway.call(`${CHAT}?${query}`, { json: chatBody() });
    const error = await errorOf(answer);
    expect([answer.status, error.code, error.param]).toEqual([400, 'INVALID_REQUEST', param]);
    expect(error.message).toContain('?dryRun=true');
    expect(jobs).toBe(0);
  });

  it.each([
    [CHAT, chatBody({ dryRun: true })],
    [IMAGES, { model: 'gpt-image-1.5', prompt: 'x', dry_run: true }],
    [VIDEOS, { model: 'sora-2', prompt: 'x', dryRun: 'true' }],
  ])('in the JSON body of %s is refused', async (path, json) => {
    const answer = await gateway.call(path, { json });
    expect([answer.status, (await errorOf(answer)).message]).toEqual([400, expect.stringContaining('query parameter')]);
  });

  it.each([VIDEOS, '/openai/v1/images/edits'])('in a form for %s is refused', async (path) => {
    const form = new FormData();
    for (const [name, value] of [
      ['model', 'sora-2'],
      ['prompt', 'x'],
      ['dryRun', 'true'],
    ] as const)
      form.set(name, value);
    const answer = await gateway.call(path, { method: 'POST', body: form });
    expect([answer.status, (await errorOf(answer)).param]).toEqual([400, 'dryRun']);
  });

  it('=false executes the request', async () => {
    expect((await gateway.call(`${CHAT}?dryRun=false`, { json: chatBody() })).status).toBe(200);
    expect(jobs).toBe(1);
  });

  it.each([
    [CHAT, chatBody(), 'openai/gpt-5.4-mini', 'openrouter'],
    [IMAGES, { model: 'gpt-image-1.5', prompt: 'x' }, 'gpt-image-1.5', 'openai'],
    [VIDEOS, { model: 'sora-2', prompt: 'x', seconds: 4 }, 'sora-2', 'openai'],
  ])(
    '=true for %s names the model and the provider of the estimate in headers',
    async (path, json, model, provider) => {
      const answer = await gateway.call(`${path}?dryRun=true`, { json });
      expect([
        answer.status,
        answer.headers.get('x-lumenfall-model'),
        answer.headers.get('x-lumenfall-provider'),
      ]).toEqual([200, model, provider]);
      expect(await answer.json()).toMatchObject({ estimated: true, provider });
    },
  );
});

describe('an error', () => {
  it('names the model in a header if the catalog has the model of the refused body', async () => {
    const answer = await gateway.call(IMAGES, { json: { model: 'gpt-image-1.5', prompt: 'x', size: 'huge' } });
    expect([answer.status, answer.headers.get('x-lumenfall-model')]).toEqual([400, 'gpt-image-1.5']);
  });

  it('names model and provider in headers if the providers failed', async () => {
    gateway.worker.chat = async (_job, send) =>
      send({
        type: 'error',
        error: { code: 'CONTENT_POLICY_VIOLATION', message: 'too long', param: 'messages' },
        executedModel: 'openrouter/openai/gpt-5.4-mini',
      });
    const answer = await gateway.call(CHAT, { json: chatBody() });
    expect([answer.headers.get('x-lumenfall-model'), answer.headers.get('x-lumenfall-provider')]).toEqual([
      'openai/gpt-5.4-mini',
      'openrouter',
    ]);
    expect([answer.status, await errorOf(answer)]).toEqual([
      400,
      { code: 'CONTENT_POLICY_VIOLATION', type: 'invalid_request_error', message: 'too long', param: 'messages' },
    ]);
  });
});

describe('a request with the hop header', () => {
  it.each([
    ['POST', CHAT],
    ['POST', IMAGES],
    ['POST', VIDEOS],
    ['GET', '/openai/v1/models'],
  ])('%s %s is refused, because a provider base URL points at this gateway', async (method, path) => {
    const answer = await gateway.call(path, {
      method,
      headers: { 'X-Lumenfall-Hop': '1', 'content-type': 'application/json' },
      ...(method === 'POST' && { body: JSON.stringify(chatBody()) }),
    });
    const error = await errorOf(answer);
    expect([answer.status, error.code]).toEqual([400, 'INVALID_REQUEST']);
    expect(error.message).toContain('points at this gateway');
    expect(jobs).toBe(0);
  });
});

describe('a body without a model', () => {
  it.each([
    [IMAGES, { prompt: 'x' }],
    [IMAGES, { model: '', prompt: 'x' }],
    [IMAGES, { model: null, prompt: 'x' }],
    ['/openai/v1/images/edits', { prompt: 'x', image: 'data:image/png;base64,AAAA' }],
  ])('for %s is refused with three models that can be used: %j', async (path, json) => {
    await refusedWithModels(path, json, 'image', 3);
  });

  it('for a video is refused with the two video models of the catalog', async () => {
    await refusedWithModels(VIDEOS, { prompt: 'x' }, 'video', 2);
  });

  async function refusedWithModels(path: string, json: unknown, modality: string, count: number): Promise<void> {
    const answer = await gateway.call(path, { json });
    const { code, param, message } = await errorOf(answer);
    expect([answer.status, code, param]).toEqual([400, 'INVALID_REQUEST', 'model']);
    const named = [...message.matchAll(/'([^']+)'/g)].map(([, id]) => id);
    expect(named).toHaveLength(count);
    const { data } = (await (await gateway.call('/openai/v1/models')).json()) as {
      data: { id: string; modality: string }[];
    };
    const known = data.filter((model) => model.modality === modality).map(({ id }) => id);
    expect(known).toEqual(expect.arrayContaining(named));
  }
});

it.each([
  ['/v1/requests/req_1/events', 'GET /v1/requests/{id} returns one'],
  ['/v1/keys/key_1', 'GET /v1/keys lists'],
  ['/openai/v1/requests', 'Did you mean /v1/requests?'],
  ['/openai/v1/requests/req_1', 'Did you mean /v1/requests?'],
])('the 404 of %s gives the paths that exist', async (path, hint) => {
  const answer = await gateway.call(path);
  expect([answer.status, (await errorOf(answer)).message]).toEqual([404, expect.stringContaining(hint)]);
});
