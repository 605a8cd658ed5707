import { apiKeyStore, organizationStore } from '@lumenfall/accounts';
import { createBillingClient, type BillingClient } from '@lumenfall/billing-client';
import { newRequestId, type Modality } from '@lumenfall/contracts';
import { openClient, type Client } from '@lumenfall/database';
import { imageRunStore } from '@lumenfall/image-runs';
import { auditLedger } from '@lumenfall/ledger';
import { micros } from '@lumenfall/money';
import { unwrap } from '@lumenfall/service-kit';
import { allRequests, balanceOf, eventually, sleep, toMicros } from './account.js';
import { onOwnStacks, type Stack } from './stacks.js';

const IMAGE = { model: 'gemini-3-pro-image', prompt: 'A lighthouse [sandbox latency=300]' };
const VIDEO = { model: 'kling-v3', prompt: 'A river [sandbox latency=300]' };
const CREDIT_USD = 100;

onOwnStacks((stack) => {
  let client: Client;
  let billing: BillingClient;
  beforeAll(() => {
    client = openClient(stack.own().databaseUrl, { maxConnections: 3 });
    billing = createBillingClient({ baseUrl: stack.own().billingUrl, timeoutMs: 10_000 });
  });
  afterAll(async () => {
    billing.close();
    await client.$disconnect();
  });

  const signal = (service: string, name: NodeJS.Signals): void => {
    const pid = stack.own().services[service];
    if (typeof pid !== 'number') throw new Error(`${service} does not run`);
    process.kill(-pid, name);
  };

  async function newOrganization(): Promise<{ own: Stack; organizationId: string }> {
    const slug = `holds-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
    const grantMicros = micros(toMicros(CREDIT_USD));
    const { id } = await organizationStore(client).ensure({ slug, name: slug, grantMicros });
    const { key } = unwrap(await apiKeyStore(client).create(id, 'e2e'));
    return { own: stack.as(key), organizationId: id };
  }

  /** Status 0: the connection broke. */
  const ask = (own: Stack, path: string, body: object): Promise<number> =>
    own.request(path, { method: 'POST', body }).then(
      ({ status }) => status,
      () => 0,
    );
  const askMany = (own: Stack, each: number): Promise<number>[] =>
    Array.from({ length: each }, () => [
      ask(own, '/openai/v1/images/generations', IMAGE),
      ask(own, '/openai/v1/videos', VIDEO),
    ]).flat();
  const openHolds = (organizationId: string): Promise<number> =>
    client.hold.count({ where: { organizationId, state: 'held' } });

  /** No hold is left within 30 s, unless work still runs; and every micro is accounted for. */
  async function areInOrder(own: Stack, organizationId: string): Promise<void> {
    const unfinished = (): Promise<number> =>
      client.video.count({ where: { organizationId, completedAt: null, state: { not: 'pending' } } });
    await eventually(unfinished, (videos) => videos === 0, 60_000);
    await eventually(
      () => openHolds(organizationId),
      (holds) => holds === 0,
      30_000,
    );
    const pending = (): Promise<number> => client.video.count({ where: { organizationId, state: 'pending' } });
    await eventually(pending, (videos) => videos === 0, 30_000);
    const spentAndLeft = async (): Promise<number> => {
      const requests = await allRequests(own, '');
      return requests.reduce((sum, { cost }) => sum + toMicros(cost), 0) + (await balanceOf(own));
    };
    await eventually(spentAndLeft, (micros) => micros === toMicros(CREDIT_USD), 30_000);
    expect(await auditLedger(client, { organizationId })).toMatchObject({ found: 0 });
  }

  describe('a hold', () => {
    it('is not left by requests that are refused because billing is halted', async () => {
      const { own, organizationId } = await newOrganization();
      expect(await ask(own, '/openai/v1/images/generations', IMAGE)).toBe(200);
      const underWay = askMany(own, 5);
      await sleep(100);
      signal('billing', 'SIGSTOP');
      const statuses = await Promise.all(askMany(own, 25)).finally(() => signal('billing', 'SIGCONT'));
      expect(new Set(statuses)).toEqual(new Set([503]));
      await Promise.all(underWay);
      await areInOrder(own, organizationId);
    }, 120_000);

    it('is not left by a gateway that is killed, between whichever steps', async () => {
      const { own, organizationId } = await newOrganization();
      const place = (modality: Modality, requestId = newRequestId()) =>
        billing.hold({ requestId, organizationId, modality, amountMicros: 1_000, deadline: Date.now() + 600_000 });
      const modalities: Modality[] = ['text', 'image', 'video'];
      for (const modality of modalities) expect(await place(modality)).toMatchObject({ ok: true });
      // An image run whose hold was placed, and whose job was never enqueued.
      const run = { requestId: newRequestId(), organizationId, keyId: 'key', idempotencyKey: null, bodyHash: 'hash' };
      await imageRunStore(client).begin({ ...run, deadline: new Date(Date.now() + 600_000) }, { repeated: false });
      expect(await place('image', run.requestId)).toMatchObject({ ok: true });

      const answers = askMany(own, 25);
      await eventually(
        () => openHolds(organizationId),
        (holds) => holds > 10,
      );
      signal('gateway', 'SIGKILL');
      await Promise.all(answers);
      await eventually(async () => (await own.request('/v1/balance')).ok, Boolean, 30_000);
      await areInOrder(own, organizationId);
      expect(await client.hold.count({ where: { organizationId, state: 'expired' } })).toBeGreaterThanOrEqual(4);
    }, 180_000);
  });
});
