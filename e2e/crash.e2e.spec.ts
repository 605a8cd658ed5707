import { apiKeyStore, organizationStore } from '@lumenfall/accounts';
import { openClient, type Client } from '@lumenfall/database';
import { auditLedger } from '@lumenfall/ledger';
import { videoStore } from '@lumenfall/videos';
import { micros } from '@lumenfall/money';
import { unwrap } from '@lumenfall/service-kit';
import { allRequests, balanceOf, eventually, toMicros } from './account.js';
import { onOwnStacks, type Stack } from './stacks.js';

const CHAT = '/openai/v1/chat/completions';
const ask = (stack: Stack, content: string): Promise<Response> =>
  stack.request(CHAT, {
    method: 'POST',
    body: { model: 'google/gemini-3-flash-preview', messages: [{ role: 'user', content }] },
  });
/** Gateway, database and billing answer. */
const isReady = async (stack: Stack): Promise<boolean> =>
  (await fetch(`${stack.address.baseUrl}/readyz`)).ok && (await stack.request('/v1/balance')).ok;

onOwnStacks((stack) => {
  let client: Client;
  beforeAll(() => {
    client = openClient(stack.own().databaseUrl, { maxConnections: 2 });
  });
  afterAll(() => client.$disconnect());

  const newOrganization = async (creditUsd: number): Promise<{ stack: Stack; keyId: string }> => {
    const slug = `e2e-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
    const { id } = await organizationStore(client).ensure({
      slug,
      name: slug,
      grantMicros: micros(toMicros(creditUsd)),
    });
    const key = unwrap(await apiKeyStore(client).create(id, 'e2e'));
    return { stack: stack.as(key.key), keyId: key.id };
  };

  /** How many calls with such a prompt are running at the providers. */
  const underWay = async (prompt: string): Promise<number> => {
    const answer = await fetch(`${stack.own().sandboxUrl}/_sandbox/calls?contains=${prompt}`);
    const { calls } = (await answer.json()) as { calls: { outcome: string }[] };
    return calls.filter(({ outcome }) => outcome === 'running').length;
  };

  const kill = (service: string): void => {
    const pid = stack.own().services[service];
    if (typeof pid !== 'number') throw new Error(`${service} does not run`);
    // The whole process group: PostgreSQL's server is killed together with its host process.
    process.kill(-pid, 'SIGKILL');
  };

  describe('an organization with little credit', () => {
    it('is refused with 402, which names both amounts, but may estimate', async () => {
      const { stack: poor } = await newOrganization(0.05);
      const body = { model: 'sora-2', prompt: 'x', seconds: 4 };
      const refused = await poor.request('/openai/v1/videos', { method: 'POST', body });
      expect(refused.status).toBe(402);
      const { error } = (await refused.json()) as { error: { code: string; type: string; message: string } };
      expect(error).toMatchObject({ code: 'INSUFFICIENT_BALANCE', type: 'insufficient_quota' });
      expect(error.message).toMatch(/0\.4/);
      expect(error.message).toMatch(/0\.05/);
      expect((await poor.request('/openai/v1/videos?dryRun=true', { method: 'POST', body })).status).toBe(200);
    });

    it('cannot spend the same balance twice at once', async () => {
      const { stack: poor } = await newOrganization(1);
      const body = { model: 'sora-2', prompt: 'x', seconds: 4 };
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => poor.request('/openai/v1/videos', { method: 'POST', body })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 402, 402, 402, 402, 402, 402]);
      await eventually(
        () => balanceOf(poor),
        (balance) => balance === 200_000,
        60_000,
      );
    });
  });

  it('a revoked key is refused within seconds', async () => {
    const { stack: other, keyId } = await newOrganization(1);
    expect((await ask(other, 'Hi')).status).toBe(200);
    await apiKeyStore(client).revoke(keyId);
    const response = await eventually(
      () => ask(other, 'Hi'),
      ({ status }) => status === 401,
      15_000,
    );
    expect(await response.json()).toMatchObject({ error: { code: 'AUTHENTICATION_FAILED' } });
  });

  describe('a killed process', () => {
    it('loses no request when it is the chat worker, and charges none twice', async () => {
      const { stack: own } = await newOrganization(5);
      const inFlight = Array.from({ length: 50 }, (_, i) => ask(own, `Interrupted ${i} [sandbox latency=1500]`));
      await eventually(
        () => underWay('Interrupted'),
        (calls) => calls > 10,
      );
      kill('chat-worker');
      const answers = await Promise.all(inFlight);
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
      const ids = answers.map((answer) => answer.headers.get('x-lumenfall-request-id'));
      const requests = await eventually(
        () => allRequests(own, 'status=completed'),
        (found) => found.length >= 50,
      );
      expect(new Set(requests.map(({ id }) => id))).toEqual(new Set(ids));
      const spent = requests.reduce((sum, { cost }) => sum + toMicros(cost), 0);
      expect(spent).toBeGreaterThan(0);
      await eventually(
        () => balanceOf(own),
        (balance) => balance === 5_000_000 - spent,
      );
    }, 90_000);

    it('finishes a video when it is the video worker', async () => {
      const { stack: own } = await newOrganization(5);
      const response = await own.request('/openai/v1/videos', {
        method: 'POST',
        body: { model: 'kling-v3', prompt: 'A river [sandbox latency=2000]' },
      });
      const { id, metadata } = (await response.json()) as { id: string; metadata: { cost_estimate: number } };
      const videoNow = (): Promise<{ status: string }> => own.get(`/openai/v1/videos/${id}`);
      // Before that, it is unknown whether the provider has accepted the video.
      await eventually(
        () => videoStore(client).get(response.headers.get('x-lumenfall-request-id') ?? ''),
        (row) => row?.state === 'submitted' || row?.state === 'running',
      );
      kill('video-worker');
      const video = await eventually(videoNow, ({ status }) => status === 'completed' || status === 'failed', 80_000);
      expect(video.status).toBe('completed');
      await eventually(
        () => balanceOf(own),
        (balance) => balance === 5_000_000 - toMicros(metadata.cost_estimate),
      );
    }, 120_000);

    it.each(['billing', 'gateway', 'postgres'])(
      'is back soon, and the books balance, when it is %s',
      async (service) => {
        await eventually(() => isReady(stack), Boolean, 30_000);
        const { stack: own } = await newOrganization(5);
        expect((await ask(own, 'Before')).status).toBe(200);
        const before = stack.own().services[service];
        kill(service);
        await eventually(
          async () => stack.own().services[service],
          (pid) => typeof pid === 'number' && pid !== before,
        );
        await eventually(() => isReady(stack), Boolean, 30_000);
        await eventually(
          () => ask(own, 'After'),
          ({ status }) => status === 200,
          30_000,
        );
        const requests = await eventually(
          () => allRequests(own, 'status=completed'),
          (found) => found.length >= 2,
        );
        const spent = requests.reduce((sum, { cost }) => sum + toMicros(cost), 0);
        await eventually(
          () => balanceOf(own),
          (balance) => balance === 5_000_000 - spent,
        );
      },
      90_000,
    );

    it('leaves a ledger that the audit proves, for every organization', async () => {
      const report = await eventually(
        () => auditLedger(client),
        ({ found }) => found === 0,
        60_000,
      );
      expect(report.checked.requests).toBeGreaterThan(0);
    }, 90_000);
  });
});
