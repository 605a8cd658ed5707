import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { newRequestId, type RouteChoice, type UsageRecord } from '@lumenfall/contracts';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { ledgerStore, historyStore, type PricedRecord } from './index.js';

const charge = (organizationId: string, cost: number, changes: Partial<PricedRecord['record']> = {}): PricedRecord => ({
  record: aUsageRecord({ organizationId, requestId: newRequestId(), ...changes }),
  costMicros: micros(cost),
  unpriced: false,
});

const storesOf = (client: Client) => ({
  ledger: ledgerStore(client),
  history: historyStore(client),
});

describe('the ledger', () => {
  let db: MigratedDatabase<Client>;
  let stores: ReturnType<typeof storesOf>;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    stores = storesOf(db.client);
  });
  afterAll(() => db.close());

  it('records a request with its attempts, its price and one charge', async () => {
    const organizationId = await db.organization(10_000);
    const usage = charge(organizationId, 2_000);
    const { requestId } = usage.record;
    expect(await stores.ledger.apply([usage])).toEqual(new Set([requestId]));
    expect(await db.books(organizationId)).toEqual({ balance: 8_000, entries: 8_000 });
    expect(await stores.history.find(organizationId, requestId)).toMatchObject({
      id: requestId,
      status: 'completed',
      cost: 0.002,
      created_at: usage.record.createdAt,
      duration_ms: 840,
    });
    expect(await db.sql('SELECT position, status FROM attempts WHERE request_id = $1', [requestId])).toEqual([
      { position: 0, status: 'succeeded' },
    ]);
    const [kept] = await db.sql(
      'SELECT price_version FROM requests JOIN price_versions ON version = price_version AND offering = executed_model WHERE id = $1',
      [requestId],
    );
    expect(kept).toEqual({ price_version: 'test-token-price' });
  });

  it('completes the history row of a video that was accepted as processing', async () => {
    const organizationId = await db.organization(1_000);
    const usage = charge(organizationId, 400, { modality: 'video' });
    const { requestId } = usage.record;
    await db.sql(
      `INSERT INTO requests (id, organization_id, modality, status, created_at)
       VALUES ($1, $2, 'video', 'processing', now())`,
      [requestId, organizationId],
    );
    expect(await stores.ledger.apply([usage])).toEqual(new Set([requestId]));
    expect(await stores.ledger.apply([usage])).toEqual(new Set());
    expect(await stores.history.find(organizationId, requestId)).toMatchObject({ status: 'completed', cost: 0.0004 });
    expect(await db.books(organizationId)).toEqual({ balance: 600, entries: 600 });
  });

  it('keeps the reason, key and cost of each attempt, and the route choice', async () => {
    const organizationId = await db.organization(10_000);
    const candidate = {
      priority: 0,
      weight: 1,
      circuitState: 'open' as const,
      successRate: 0.5,
      latencyMs: 80,
      share: 0.25,
    };
    const choice: RouteChoice = {
      order: [{ executedModel: 'openai/a', credential: 'openai#1', ...candidate }],
      passedOver: [{ executedModel: 'fal/b', why: 'no-credential' }],
    };
    const usage = charge(organizationId, 2_000, { choice });
    const [first] = usage.record.attempts;
    usage.record.attempts = [
      { ...first, status: 'failed', failure: 'rate', chosen: 'probe', credential: 'openai#1', costMicros: 0 },
      { ...first, status: 'failed', failure: 'empty', credential: null, costMicros: 7, costBasis: 'reported' },
      { ...first, chosen: 'next', credential: null },
    ] as UsageRecord['attempts'];
    await stores.ledger.apply([usage]);
    const { requestId } = usage.record;
    expect(
      await db.sql(
        `SELECT chosen, credential, cost_micros::int AS cost, cost_basis AS basis FROM attempts
         WHERE request_id = $1 ORDER BY position`,
        [requestId],
      ),
    ).toEqual([
      { chosen: 'probe', credential: 'openai#1', cost: 0, basis: 'none' },
      { chosen: 'only', credential: null, cost: 7, basis: 'reported' },
      // The basis of a record of an older version is that of its charge.
      { chosen: 'next', credential: null, cost: 2_000, basis: 'priced' },
    ]);
    const [row] = await db.sql(
      'SELECT choice, cost_micros::int, provider_cost_micros::int FROM requests WHERE id = $1',
      [requestId],
    );
    expect(row).toEqual({ choice, cost_micros: 2_000, provider_cost_micros: 2_007 });
  });

  it('charges once if a record is delivered repeatedly and concurrently', async () => {
    const organizationId = await db.organization(10_000);
    const usage = charge(organizationId, 2_000);
    const other = charge(organizationId, 1);
    const deliveries = await Promise.all(
      [[usage], [usage, other], [other, usage, usage], [usage], [usage]].map((batch) => stores.ledger.apply(batch)),
    );
    expect(deliveries.flatMap((recorded) => [...recorded]).sort()).toEqual(
      [usage.record.requestId, other.record.requestId].sort(),
    );
    expect(await stores.ledger.apply([usage, other])).toEqual(new Set());
    expect(await db.books(organizationId)).toEqual({ balance: 7_999, entries: 7_999 });
    const [rows] = await db.sql('SELECT count(*)::int AS n FROM requests WHERE organization_id = $1', [organizationId]);
    expect(rows).toEqual({ n: 2 });
  });

  it('records a request without cost and charges nothing', async () => {
    const organizationId = await db.organization(10_000);
    const refused = charge(organizationId, 0, { status: 'rejected', errorCode: 'INVALID_REQUEST', attempts: [] });
    await stores.ledger.apply([refused]);
    expect(await db.books(organizationId)).toEqual({ balance: 10_000, entries: 10_000 });
    expect(await stores.history.find(organizationId, refused.record.requestId)).toMatchObject({
      status: 'rejected',
      error_code: 'INVALID_REQUEST',
      cost: 0,
    });
  });

  it('replaces characters that PostgreSQL cannot store', async () => {
    const organizationId = await db.organization(10_000);
    const odd = charge(organizationId, 1, {
      user: 'a\0b\ud800',
      sessionId: '\u{1F600}',
      errorMessage: "'; DROP TABLE x",
    });
    await stores.ledger.apply([odd]);
    const view = await stores.history.find(organizationId, odd.record.requestId);
    expect(view).toMatchObject({ user: 'a\uFFFDb\uFFFD', session_id: '\u{1F600}', error_message: "'; DROP TABLE x" });
  });

  it('applies no record of a batch if one of them cannot be applied', async () => {
    const organizationId = await db.organization(10_000);
    const batch = [charge(organizationId, 5), charge('org_nobody', 5)];
    await expect(stores.ledger.apply(batch)).rejects.toThrow();
    expect(await db.books(organizationId)).toEqual({ balance: 10_000, entries: 10_000 });
  });

  it.each([
    ["UPDATE ledger_entries SET amount_micros = 1 WHERE kind = 'top_up'", 'never changed'],
    ['DELETE FROM ledger_entries', 'never changed'],
    ['TRUNCATE ledger_entries', 'never changed'],
    ['UPDATE accounts SET balance_micros = balance_micros + 1', 'sum of its ledger entries'],
  ])('cannot be falsified: %s', async (statement, reason) => {
    await db.organization(10_000);
    await expect(db.sql(statement)).rejects.toThrow(reason);
  });

  it('returns the spend of the last hour', async () => {
    const organizationId = await db.organization(10_000);
    await stores.ledger.apply([charge(organizationId, 300), charge(organizationId, 200)]);
    await stores.ledger.apply([charge(organizationId, 7)]);
    expect(await stores.ledger.figures(organizationId)).toEqual({
      billingType: 'prepaid',
      balanceMicros: 9_493,
      creditLimitMicros: 0,
      heldMicros: 0,
      lastHourMicros: 507,
    });
    expect(await stores.ledger.figures('org_nobody')).toBeNull();
    expect(await stores.ledger.forgetSpend(new Date(Date.now() + 60_000))).toBeGreaterThan(0);
  });
});
