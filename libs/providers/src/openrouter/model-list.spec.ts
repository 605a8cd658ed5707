import { contextFor } from '../contract/call-context.js';
import { fixture, fixtureJson, recorded, type ReplayServer, startReplayServer } from '../contract/replay-server.js';
import { readModelList, readOpenRouterModels } from './model-list.js';

describe('readModelList', () => {
  const list = readModelList(fixtureJson('openrouter', 'models.json'));
  const model = (id: string) => list?.models.find((one) => one.id === id);

  it('reads every model that makes text', () => {
    expect(list?.models.map(({ id }) => id)).toEqual([
      'openai/gpt-5.4-mini',
      'anthropic/claude-sonnet-4.6',
      'mistralai/voxtral-small-24b',
      'qwen/qwen3-8b:free',
      'openrouter/auto',
      'perplexity/sonar',
    ]);
    expect(model('anthropic/claude-sonnet-4.6')).toEqual({
      id: 'anthropic/claude-sonnet-4.6',
      name: 'Anthropic: Claude Sonnet 4.6',
      description: 'A model for long tasks with tools.',
      created: 1771286400,
      inputs: ['text', 'image'],
      tools: true,
      contextWindow: 1_000_000,
      price: [
        { type: 'input', metric: 'token', unit_price: '0.000003' },
        { type: 'cache_read', metric: 'token', unit_price: '0.0000003' },
        { type: 'cache_write', metric: 'token', unit_price: '0.00000375' },
        { type: 'output', metric: 'token', unit_price: '0.000015' },
      ],
    });
  });

  it('reads the inputs of a model and whether it takes tools', () => {
    expect(model('mistralai/voxtral-small-24b')).toMatchObject({ inputs: ['text', 'audio'], tools: false });
  });

  it('reads the price 0 for a free model', () => {
    expect(model('qwen/qwen3-8b:free')?.price.map((line) => line.unit_price)).toEqual(['0', '0']);
  });

  it('reads a price per call as a fee', () => {
    expect(model('perplexity/sonar')?.price).toContainEqual({ type: 'input', metric: 'request', unit_price: '0.005' });
  });

  it('reads no price that depends on the provider behind OpenRouter', () => {
    expect(model('openrouter/auto')?.price).toEqual([]);
  });

  it.each([[null], [[]], [{}], [{ data: {} }], ['text']])('returns null for %j', (body) =>
    expect(readModelList(body)).toBeNull(),
  );
});

describe('readOpenRouterModels', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());

  const read = () => readOpenRouterModels(contextFor(server.url, 'openrouter').endpoint, new AbortController().signal);
  const page = (changes: object) => ({
    body: JSON.stringify({ ...JSON.parse(fixture('openrouter', 'models.json')), ...changes }),
  });

  it('requests one page below the base URL', async () => {
    server.reply(recorded('openrouter', 'models.json'));
    expect(await read()).toMatchObject({ ok: true, value: { length: 6 } });
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /openrouter/models']);
  });

  it('follows the links to further pages', async () => {
    server.reply(page({ links: { next: '/openrouter/models?offset=8' } }), page({ links: {} }));
    expect(await read()).toMatchObject({ ok: true, value: { length: 12 } });
    expect(server.requests.at(-1)?.path).toBe('/openrouter/models?offset=8');
  });

  it.each([
    ['a page of another origin', [page({ links: { next: 'https://example.com/models' } })]],
    ['endless pages', [page({ links: { next: '/openrouter/models' } })]],
    ['a second page that fails', [page({ links: { next: '/openrouter/models?offset=8' } }), { status: 500 }]],
    ['an answer that is not a list', [{ body: '{"error":"x"}' }]],
    ['a page of HTML', [{ body: '<html>' }]],
    ['a list without text models', [page({ data: [] })]],
    ['a refusal', [{ status: 401, body: '{"error":{"message":"No auth","code":401}}' }]],
  ])('fails on %s', async (_, replies) => {
    server.reply(...replies);
    expect(await read()).toMatchObject({ ok: false });
    expect(server.requests.length).toBeLessThanOrEqual(20);
  });
});
