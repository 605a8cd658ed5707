import { apiKeyStore, organizationStore } from '@lumenfall/accounts';
import { openClient, type Client } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { unwrap } from '@lumenfall/service-kit';
import { allRequests, balanceOf, eventually, sleep, toMicros } from './account.js';
import { imageSizeOf } from './media.js';
import { onOwnStacks, type Stack } from './stacks.js';

const GENERATIONS = '/openai/v1/images/generations';
const CREDIT = 5;

interface Answer {
  id: string;
  data: { url: string }[];
  metadata: { cost: number };
}

onOwnStacks((stack) => {
  let client: Client;
  beforeAll(() => {
    client = openClient(stack.own().databaseUrl, { maxConnections: 2 });
  });
  afterAll(() => client.$disconnect());

  const newOrganization = async (): Promise<Stack> => {
    const slug = `images-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
    const { id } = await organizationStore(client).ensure({ slug, name: slug, grantMicros: micros(toMicros(CREDIT)) });
    return stack.as(unwrap(await apiKeyStore(client).create(id, 'e2e')).key);
  };
  const kill = async (service: string): Promise<void> => {
    const pid = stack.own().services[service];
    if (typeof pid !== 'number') throw new Error(`${service} does not run`);
    process.kill(-pid, 'SIGKILL');
    await eventually(
      async () => stack.own().services[service],
      (now) => typeof now === 'number' && now !== pid,
    );
    await eventually(
      async () => (await fetch(`${stack.address.baseUrl}/readyz`)).ok && (await stack.request('/v1/balance')).ok,
      Boolean,
      60_000,
    );
  };
  const read = async (answer: Response): Promise<Answer> => {
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };

  describe.each([
    ['an idempotency key', { 'idempotency-key': 'k' }, { 'idempotency-key': 'k' }],
    ['the mark of an SDK', { 'x-stainless-retry-count': '0' }, { 'x-stainless-retry-count': '1' }],
  ])('an image that is asked for again by %s', (_how, first, again) => {
    it.each(['gateway', 'image-worker'])(
      'is made once and charged once, though the %s was killed while it was made',
      async (service) => {
        const own = await newOrganization();
        const body = { model: 'gemini-3-pro-image', prompt: `A ${service} at dusk [sandbox latency=5000]` };
        const ask = (headers: Record<string, string>): Promise<Response> =>
          own.request(GENERATIONS, { method: 'POST', body, headers });
        const asked = ask(first).catch(() => null);
        await sleep(1_500);
        await kill(service);
        const lost = await asked;
        if (service === 'gateway') expect(lost).toBeNull();
        const answer = await read(await ask(again));
        if (lost !== null) expect((await read(lost)).id).toBe(answer.id);
        // And once more, when nothing is under way.
        expect((await read(await ask(again))).data).toEqual(answer.data);

        const file = await fetch(answer.data[0]?.url ?? '');
        expect(imageSizeOf(new Uint8Array(await file.arrayBuffer())).width).toBeGreaterThan(0);
        const requests = await eventually(
          () => allRequests(own, 'status=completed'),
          (found) => found.length > 0,
        );
        expect(requests.map(({ id, cost }) => [id, cost])).toEqual([[answer.id, answer.metadata.cost]]);
        const due = toMicros(CREDIT) - toMicros(answer.metadata.cost);
        await eventually(
          () => balanceOf(own),
          (balance) => balance === due,
        );
        await sleep(1_000);
        expect(await allRequests(own, 'modality=image')).toHaveLength(1);
        expect(await balanceOf(own)).toBe(due);
      },
    );
  });
});
