import { createBillingClient, type BillingClient, type NewHold } from '@lumenfall/billing-client';
import { newRequestId, requestQuerySchema, usageQuerySchema, videoIdOf, type UsageRecord } from '@lumenfall/contracts';
import { organizationStore } from '@lumenfall/accounts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { openQueueEngine, type QueueEngine } from '@lumenfall/queue';
import { startService, type RunningService } from '@lumenfall/service-kit';
import {
  aUsageRecord,
  billingContract,
  eventually,
  filledDatabase,
  freshDatabase,
  operationsContract,
  type FreshDatabase,
} from '@lumenfall/testing';
import { billingService } from '../src/service.js';

const until = (check: () => Promise<void>): Promise<true> =>
  eventually(async () => {
    await check();
    return true as const;
  });

/** The whole service, on a real PostgreSQL for the books and for the queue. */
describe('billing', () => {
  let books: FreshDatabase;
  let queueDatabase: FreshDatabase;
  let connection: Client;
  let queue: QueueEngine;
  let service: RunningService;
  let client: BillingClient;
  let organizationId: string;
  let made = 0;

  beforeAll(async () => {
    const migrated = filledDatabase('migrated', (url) => migrateDatabase(url, { info: () => undefined }));
    [books, queueDatabase] = await Promise.all([migrated, freshDatabase()]);
    connection = openClient(books.url);
    queue = await openQueueEngine(queueDatabase.url);
    service = await startBilling();
    client = createBillingClient({ baseUrl: service.url, timeoutMs: 10_000 });
  });
  beforeEach(async () => {
    made += 1;
    const grantMicros = micros(10_000_000);
    ({ id: organizationId } = await organizationStore(connection).ensure({
      slug: `org-${made}`,
      name: 'Test',
      grantMicros,
    }));
  });
  afterAll(async () => {
    client?.close();
    await service?.close();
    await queue?.close();
    await connection?.$disconnect();
    await Promise.all([books?.drop(), queueDatabase?.drop()]);
  });

  const record = (changes: Partial<UsageRecord> = {}): UsageRecord =>
    aUsageRecord({ organizationId, requestId: newRequestId(), ...changes });
  const hold = (requestId: string, amountMicros: number): NewHold => ({
    ...{ requestId, organizationId, modality: 'text', amountMicros },
    deadline: Date.now() + 60_000,
  });
  const deliver = (...usages: UsageRecord[]): Promise<void> => queue.usageLog().append(...usages);
  const logIsEmpty = (): Promise<true> =>
    until(async () => expect(await queue.usageLog().figures()).toMatchObject({ depth: 0 }));
  const startBilling = (): Promise<RunningService> =>
    startService(billingService, {
      DATABASE_URL: books.url,
      QUEUE_URL: queueDatabase.url,
      LOG_LEVEL: 'silent',
      SHUTDOWN_GRACE_MS: '2000',
      QUEUE_STALL_MS: '1000',
    });
  const view = async (id: string) => {
    const found = await client.request(organizationId, id);
    return found.ok ? found.value : null;
  };
  const balance = async () => {
    const found = await client.balance(organizationId);
    if (!found.ok) throw new Error(found.error.message);
    return found.value;
  };

  it('charges each request once, though its record is delivered three times', async () => {
    const usages = Array.from({ length: 30 }, () => record());
    await Promise.all([...usages, ...usages, ...usages].map((usage) => deliver(usage)));
    await until(async () => expect((await balance()).balanceMicros).toBe(10_000_000 - 30 * 2_000));
    await logIsEmpty();
    expect((await balance()).balanceMicros).toBe(10_000_000 - 30 * 2_000);
    const page = await client.requests(organizationId, {
      ...requestQuerySchema.parse({}),
      limit: 100,
      summary: 'true',
    });
    expect(page).toMatchObject({ ok: true, value: { summary: { total_cost: 0.06, count: 30 }, hasOlder: false } });
  });

  it('charges once a record that an older version left as a job, alone or with others', async () => {
    const [first, second, third] = [record(), record(), record()];
    const producer = queue.producer();
    await producer.enqueue('usage.record', first, { id: first.requestId });
    await producer.enqueue('usage.records', { records: [first, second] }, { id: `${first.requestId}-and-1` });
    await deliver(third, second);
    await until(async () => expect(await producer.depth('usage')).toBe(0));
    await logIsEmpty();
    expect((await balance()).balanceMicros).toBe(10_000_000 - 3 * 2_000);
  });

  it('shares the records with another billing, and loses and doubles none when one closes among them', async () => {
    const other = await startBilling();
    const usages = Array.from({ length: 800 }, () => record());
    const delivering = (async () => {
      for (let from = 0; from < usages.length; from += 50) await deliver(...usages.slice(from, from + 50));
    })();
    await until(async () => expect((await balance()).balanceMicros).toBeLessThan(10_000_000));
    await other.close();
    await delivering;
    await logIsEmpty();
    expect((await balance()).balanceMicros).toBe(10_000_000 - 800 * 2_000);
    expect(await queue.usageLog().figures()).toMatchObject({ setAside: 0 });
  });

  it('reports the usage of an organization, grouped as the client asks', async () => {
    await Promise.all(
      [record({ keyId: 'a' }), record({ keyId: 'b' }), record({ keyId: 'b' })].map((usage) => deliver(usage)),
    );
    const query = usageQuerySchema.parse({ group_by: 'key,modality' });
    await until(async () =>
      expect(await client.usage(organizationId, query)).toMatchObject({
        ok: true,
        value: {
          data: [
            { key_id: 'b', modality: 'text', requests: 2, cost: 0.004 },
            { key_id: 'a', modality: 'text', requests: 1, cost: 0.002 },
          ],
          total: { requests: 3, input_tokens: 3000, output_tokens: 1500 },
        },
      }),
    );
    const tooLong = usageQuerySchema.parse({ start_date: '2020-01-01' });
    expect(await client.usage(organizationId, tooLong)).toMatchObject({ ok: false, error: { param: 'start_date' } });
  });

  it('finds a request by its req_ and its video_ id, for its own organization only', async () => {
    const usage = record();
    await deliver(usage);
    await until(async () => expect(await view(usage.requestId)).not.toBeNull());
    expect(await view(videoIdOf(usage.requestId))).toMatchObject({ id: usage.requestId, cost: 0.002 });
    expect(await client.request('org_other', usage.requestId)).toEqual({ ok: true, value: null });
    expect(await view('nonsense')).toBeNull();
  });

  it('applies the other records of a batch, and sets one aside that cannot be applied until it is replayed', async () => {
    const log = queue.usageLog();
    const bad = record({ organizationId: `org_late_${made}` });
    const good = Array.from({ length: 5 }, () => record());
    await deliver(bad, ...good);
    await until(async () => expect((await balance()).balanceMicros).toBe(10_000_000 - 5 * 2_000));
    await until(async () => expect(await log.figures()).toEqual({ depth: 0, lagMs: 0, setAside: 1 }));
    expect(await metric('lumenfall_billing_set_aside_total')).toBeGreaterThan(0);
    await connection.organization.create({
      data: { id: bad.organizationId, slug: bad.organizationId, name: 'Late', account: { create: {} } },
    });
    const address = `${service.url}/internal/set-aside-usage`;
    expect(await (await fetch(address)).json()).toMatchObject({
      records: [{ requestId: bad.requestId, deliveries: 3, reason: expect.any(String) }],
    });
    const replay = (requestIds: unknown): Promise<Response> =>
      fetch(`${address}/replay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ requestIds }),
      });
    expect((await replay('req_x')).status).toBe(400);
    expect(await (await replay([bad.requestId])).json()).toEqual({ replayed: 1 });
    await until(async () =>
      expect(await client.request(bad.organizationId, bad.requestId)).toMatchObject({
        ok: true,
        value: { cost: 0.002 },
      }),
    );
    expect(await log.figures()).toMatchObject({ setAside: 0 });
  });

  it('records usage without a price at cost 0 and counts it in a metric', async () => {
    const before = await metric('lumenfall_unpriced_usage_total');
    const usage = record({ charge: { ...record().charge, price: null } });
    await deliver(usage);
    await until(async () => expect(await view(usage.requestId)).toMatchObject({ cost: 0, status: 'completed' }));
    expect(await metric('lumenfall_unpriced_usage_total')).toBe(before + 1);
    expect((await balance()).balanceMicros).toBe(10_000_000);
  });

  billingContract(async () => ({ client, baseUrl: service.url, organizationId, record: deliver }));
  operationsContract(async () => ({ client, organizationId }));

  it('calls an account low whose available balance is below the floor', async () => {
    expect(await balance()).toMatchObject({ low: false });
    await client.hold(hold(newRequestId(), 9_500_000));
    expect(await balance()).toMatchObject({ low: true });
  });

  it('settles the hold of a request when its usage is recorded', async () => {
    const usage = record();
    const { requestId } = usage;
    await client.hold(hold(requestId, 5_000_000));
    await deliver(usage);
    await until(async () =>
      expect(await balance()).toMatchObject({ heldMicros: 0, availableMicros: 10_000_000 - 2_000 }),
    );
  });

  it.each([
    ['POST', '/internal/holds', '{"requestId":1}', 400, 'INVALID_REQUEST'],
    ['POST', '/internal/holds', 'not JSON', 400, 'INVALID_REQUEST'],
    ['POST', '/internal/estimates', '{}', 400, 'INVALID_REQUEST'],
    ['GET', '/internal/organizations/org_unknown/balance', undefined, 404, 'NOT_FOUND'],
    ['GET', '/internal/organizations/o/requests?limit=0', undefined, 400, 'INVALID_REQUEST'],
    ['GET', '/internal/organizations/o/requests?starting_after=req_x', undefined, 400, 'INVALID_REQUEST'],
    ['GET', '/unknown', undefined, 404, 'NOT_FOUND'],
  ])('answers %s %s with body %s in the error envelope', async (method, path, body, status, code) => {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(service.url + path, { method, headers, body: body ?? null });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code, type: 'invalid_request_error' } });
  });

  it('is reported as OVERLOADED by its client if it does not answer', async () => {
    const unreachable = createBillingClient({ baseUrl: 'http://127.0.0.1:1', timeoutMs: 300 });
    expect(await unreachable.balance(organizationId)).toMatchObject({ ok: false, error: { code: 'OVERLOADED' } });
    unreachable.close();
  });

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? 0);
  }
});
