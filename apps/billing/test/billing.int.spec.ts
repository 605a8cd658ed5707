import { createBillingClient, type BillingClient } from '@lumenfall/billing-client';
import { newRequestId, requestQuerySchema, videoIdOf, type UsageRecord } from '@lumenfall/contracts';
import { organizationStore } from '@lumenfall/accounts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { openQueueEngine, type QueueEngine } from '@lumenfall/queue';
import { startService, type RunningService } from '@lumenfall/service-kit';
import {
  aPlan,
  anOffering,
  aUsageRecord,
  eventually,
  filledDatabase,
  freshDatabase,
  type FreshDatabase,
} from '@lumenfall/testing';
import { billingService } from '../src/service.js';

const until = (check: () => Promise<void>): Promise<true> =>
  eventually(async () => {
    await check();
    return true as const;
  });

/** Billing as it runs: its own process's parts, real PostgreSQL for the books and for the queue. */
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
    service = await startService(billingService, {
      DATABASE_URL: books.url,
      QUEUE_URL: queueDatabase.url,
      LOG_LEVEL: 'silent',
      SHUTDOWN_GRACE_MS: '2000',
    });
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
    await service?.stop();
    await queue?.close();
    await connection?.$disconnect();
    await Promise.all([books?.drop(), queueDatabase?.drop()]);
  });

  const record = (changes: Partial<UsageRecord> = {}): UsageRecord =>
    aUsageRecord({ organizationId, requestId: newRequestId(), ...changes });
  const deliver = (usage: UsageRecord): Promise<void> =>
    queue
      .producer()
      .enqueue('usage.record', usage, { id: `${usage.requestId}-${Math.random().toString(36).slice(2)}` });
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
    await Promise.all([...usages, ...usages, ...usages].map(deliver));
    await until(async () => expect((await balance()).balanceMicros).toBe(10_000_000 - 30 * 2_000));
    await until(async () => expect(await queue.producer().depth('usage')).toBe(0));
    expect((await balance()).balanceMicros).toBe(10_000_000 - 30 * 2_000);
    const page = await client.requests(organizationId, {
      ...requestQuerySchema.parse({}),
      limit: 100,
      summary: 'true',
    });
    expect(page).toMatchObject({ ok: true, value: { summary: { total_cost: 0.06, count: 30 }, hasOlder: false } });
  });

  it('charges records that come in company once each, also where they came alone or in other company before', async () => {
    const [first, second, third] = [record(), record(), record()];
    const inCompany = (...records: UsageRecord[]): Promise<void> =>
      queue.producer().enqueue('usage.records', { records }, { id: `company-${Math.random().toString(36).slice(2)}` });
    await Promise.all([deliver(first), inCompany(first, second), inCompany(second, third), inCompany(first, third)]);
    await until(async () => expect((await balance()).balanceMicros).toBe(10_000_000 - 3 * 2_000));
    await until(async () => expect(await queue.producer().depth('usage')).toBe(0));
    expect((await balance()).balanceMicros).toBe(10_000_000 - 3 * 2_000);
  });

  it('finds a request by both of its ids, and nobody else finds it', async () => {
    const usage = record();
    await deliver(usage);
    await until(async () => expect(await view(usage.requestId)).not.toBeNull());
    expect(await view(videoIdOf(usage.requestId))).toMatchObject({ id: usage.requestId, cost: 0.002 });
    expect(await client.request('org_other', usage.requestId)).toEqual({ ok: true, value: null });
    expect(await view('nonsense')).toBeNull();
  });

  it('applies the others where one record of a batch cannot be applied', async () => {
    const bad = record({ organizationId: 'org_nobody' });
    const good = Array.from({ length: 5 }, () => record());
    await Promise.all([bad, ...good].map(deliver));
    await until(async () => expect((await balance()).balanceMicros).toBe(10_000_000 - 5 * 2_000));
    // The bad one waits in the queue for its next try: nothing is thrown away.
    expect(await queue.producer().depth('usage')).toBe(1);
  });

  it('records usage without a price at cost 0 and raises a figure that somebody can watch', async () => {
    const before = await metric('lumenfall_billing_unpriced_total');
    const usage = record({ charge: { ...record().charge, price: null } });
    await deliver(usage);
    await until(async () => expect(await view(usage.requestId)).toMatchObject({ cost: 0, status: 'completed' }));
    expect(await metric('lumenfall_billing_unpriced_total')).toBe(before + 1);
    expect((await balance()).balanceMicros).toBe(10_000_000);
  });

  it('estimates a plan, and refuses one without a price', async () => {
    expect(await client.estimate(aPlan())).toMatchObject({
      ok: true,
      value: { estimated: true, total_cost_micros: 50, currency: 'USD', provider: 'openrouter' },
    });
    const unpriced = aPlan({ route: [anOffering({ price: null })] });
    expect(await client.estimate(unpriced)).toMatchObject({ ok: false, error: { code: 'UNPRICED_MODEL' } });
  });

  it('holds what there is, refuses what there is not, and frees it again', async () => {
    const hold = { requestId: newRequestId(), organizationId, amountMicros: 9_500_000, expiresAt: Date.now() + 60_000 };
    expect(await client.hold(hold)).toEqual({ ok: true, value: undefined });
    expect(await client.hold(hold)).toEqual({ ok: true, value: undefined });
    expect(await balance()).toMatchObject({ availableMicros: 500_000, heldMicros: 9_500_000, low: true });
    expect(await client.hold({ ...hold, requestId: newRequestId() })).toMatchObject({
      ok: false,
      error: { code: 'INSUFFICIENT_BALANCE', message: 'Insufficient balance: $9.50 required, $0.50 available' },
    });
    expect(await client.release(hold.requestId)).toEqual({ ok: true, value: undefined });
    expect(await client.release(hold.requestId)).toEqual({ ok: true, value: undefined });
    expect(await balance()).toMatchObject({ availableMicros: 10_000_000, heldMicros: 0, low: false });
  });

  it('settles a hold with the record of its request', async () => {
    const usage = record();
    const { requestId } = usage;
    await client.hold({ requestId, organizationId, amountMicros: 5_000_000, expiresAt: Date.now() + 60_000 });
    await deliver(usage);
    await until(async () =>
      expect(await balance()).toMatchObject({ heldMicros: 0, availableMicros: 10_000_000 - 2_000 }),
    );
  });

  it.each([
    ['POST', '/internal/holds', '{"requestId":1}', 400, 'INVALID_REQUEST'],
    ['POST', '/internal/holds', 'no json', 400, 'INVALID_REQUEST'],
    ['POST', '/internal/estimates', '{}', 400, 'INVALID_REQUEST'],
    ['GET', '/internal/organizations/org_nobody/balance', undefined, 404, 'NOT_FOUND'],
    ['GET', '/internal/organizations/o/requests?limit=0', undefined, 400, 'INVALID_REQUEST'],
    ['GET', '/internal/organizations/o/requests?starting_after=req_x', undefined, 400, 'INVALID_REQUEST'],
    ['GET', '/somewhere', undefined, 404, 'NOT_FOUND'],
  ])('answers %s %s %s in the one envelope', async (method, path, body, status, code) => {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(service.url + path, { method, headers, body: body ?? null });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code, type: 'invalid_request_error' } });
  });

  it('is said to be overloaded when it does not answer', async () => {
    const nobody = createBillingClient({ baseUrl: 'http://127.0.0.1:1', timeoutMs: 300 });
    expect(await nobody.balance(organizationId)).toMatchObject({ ok: false, error: { code: 'OVERLOADED' } });
    nobody.close();
  });

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? 0);
  }
});
