import { apiKeyStore, organizationStore } from '@lumenfall/accounts';
import { loadCatalog } from '@lumenfall/catalog';
import { openClient, type Client } from '@lumenfall/database';
import { micros, priceComponent } from '@lumenfall/money';
import { unwrap } from '@lumenfall/service-kit';
import { spawnSync } from 'node:child_process';
import { balanceOf, endedRequest, eventually, toMicros } from './account.js';
import { onOwnStacks, type Stack } from './stacks.js';

const MARGIN = '12.5';
const CHAT = { model: 'anthropic/anthropic/claude-haiku-4.5', provider: 'anthropic', id: 'anthropic/claude-haiku-4.5' };
const IMAGE = { model: 'vidu-q2', provider: 'fal', id: 'vidu-q2' };
const VIDEO = { model: 'kling-v3', provider: 'fal', id: 'kling-v3' };
const CATALOG = loadCatalog();

/** The lines of the catalog's price, each multiplied. */
function linesOf({ id, provider }: typeof CHAT, factor: number): object[] {
  const offering = CATALOG.byName.get(id)?.offerings.find((one) => one.provider === provider);
  return (offering?.price ?? []).map((line) => ({
    ...line,
    unit_price: factor === 1 ? line.unit_price : (Number(line.unit_price) * factor).toFixed(12),
  }));
}

onOwnStacks((stack) => {
  describe('a price that is imported while requests run', () => {
    let client: Client;
    let customer: Stack;
    let organizationId: string;
    beforeAll(async () => {
      client = openClient(stack.own().databaseUrl, { maxConnections: 2 });
      const organizations = organizationStore(client);
      const slug = `prices-${Date.now()}`;
      organizationId = (await organizations.ensure({ slug, name: slug, grantMicros: micros(100_000_000) })).id;
      await organizations.change(slug, { marginPercent: MARGIN });
      customer = stack.as(unwrap(await apiKeyStore(client).create(organizationId, 'e2e')).key);
    });
    afterAll(async () => {
      importPrices(1);
      await client.$disconnect();
    });

    function importPrices(factor: number): void {
      const prices = [CHAT, IMAGE, VIDEO].map((one) => {
        return { model: one.id, provider: one.provider, price: linesOf(one, factor) };
      });
      const { DATABASE_URL: _none, ...env } = process.env;
      const { status, stderr } = spawnSync(process.execPath, ['scripts/lumenfall.mjs', 'prices', 'import', '-'], {
        env: { ...env, LUMENFALL_HOME: stack.address.home ?? '', NODE_OPTIONS: '' },
        input: JSON.stringify({ prices }),
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
    }

    const post = (path: string, body: object): Promise<Response> =>
      customer.request(`/openai/v1/${path}`, { method: 'POST', body });
    const chat = {
      model: CHAT.model,
      messages: [{ role: 'user', content: 'Count [sandbox tokens=90 rate=10]' }],
      max_tokens: 100,
      stream: true,
      stream_options: { include_usage: true },
    };
    const image = { model: IMAGE.model, prompt: 'A fox [sandbox latency=9000]' };
    const video = { model: VIDEO.model, prompt: 'A fox [sandbox latency=9000]', seconds: 5 };
    const estimate = async (path: string, body: object): Promise<number> => {
      const answer = await post(`${path}?dryRun=true`, body);
      return ((await answer.json()) as { total_cost_micros: number }).total_cost_micros;
    };
    const estimates = () =>
      Promise.all([
        estimate('chat/completions', { ...chat, stream: false }),
        estimate('images/generations', image),
        estimate('videos', video),
      ]);

    it('changes the cost of later requests only, in every modality, with the margin', async () => {
      const before = await balanceOf(customer);
      const [, imageEstimate, videoEstimate] = await estimates();
      const imageAnswer = post('images/generations', image);
      const submitted = (await (await post('videos', video)).json()) as { id: string };
      const stream = await post('chat/completions', chat);
      await eventually(
        () => client.imageRun.count({ where: { organizationId } }),
        (count) => count === 1,
      );
      const old = await estimates();
      importPrices(3);
      await eventually(estimates, (now) => now.every((micros, at) => micros > 2 * (old[at] ?? 0)));

      const events = (await stream.text()).split('\n').filter((line) => line.includes('"usage":{'));
      const last = JSON.parse((events.at(-1) ?? '').replace(/^data: /, '')) as {
        usage: { prompt_tokens: number; completion_tokens: number };
        metadata: { cost: string };
      };
      const { prompt_tokens: prompt, completion_tokens: completion } = last.usage;
      const chatCost = priceComponent('0.000001', prompt, MARGIN) + priceComponent('0.000005', completion, MARGIN);
      expect(toMicros(Number(last.metadata.cost))).toBe(chatCost);

      const made = (await (await imageAnswer).json()) as { metadata: { cost: number } };
      expect(toMicros(made.metadata.cost)).toBe(imageEstimate);
      const { metadata } = await eventually(
        () => customer.get<{ status: string; metadata: { cost: number } }>(`/openai/v1/videos/${submitted.id}`),
        ({ status }) => status === 'completed',
      );
      expect(toMicros(metadata.cost)).toBe(videoEstimate);
      expect(toMicros((await endedRequest(customer, submitted.id)).cost)).toBe(videoEstimate);
      await eventually(
        () => balanceOf(customer),
        (balance) => balance === before - chatCost - imageEstimate - videoEstimate,
      );
    });
  });
});
