import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { ledgerStore, historyStore } from './index.js';
import { newRequestId, requestQuerySchema, type RequestQuery } from '@lumenfall/contracts';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import fc from 'fast-check';

const query = (changes: Partial<RequestQuery> = {}): RequestQuery => ({ ...requestQuerySchema.parse({}), ...changes });

const storesOf = (client: Client) => ({
  ledger: ledgerStore(client),
  history: historyStore(client),
});

describe('the request history', () => {
  let db: MigratedDatabase<Client>;
  let stores: ReturnType<typeof storesOf>;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    stores = storesOf(db.client);
  });
  afterAll(() => db.close());

  /** Records requests of these ages in seconds; equal ages get equal times. */
  async function requests(organizationId: string, ages: number[], cost = 10): Promise<string[]> {
    const usages = ages.map((age) => ({
      record: aUsageRecord({
        organizationId,
        requestId: newRequestId(),
        keyId: age % 2 === 0 ? 'even' : 'odd',
        createdAt: new Date(Date.UTC(2026, 0, 10) - age * 1000).toISOString(),
      }),
      costMicros: micros(cost),
      unpriced: false,
    }));
    await stores.ledger.apply(usages);
    return usages.map(({ record }) => record.requestId);
  }

  async function page(organizationId: string, changes: Partial<RequestQuery>) {
    const result = await stores.history.page(organizationId, query(changes));
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  }

  it('pages through every request exactly once, in both directions, for any page size and equal times', async () => {
    const pages = fc.record({
      ages: fc.array(fc.nat(6), { minLength: 1, maxLength: 25 }),
      limit: fc.integer({ min: 1, max: 7 }),
    });
    await fc.assert(
      fc.asyncProperty(pages, async ({ ages, limit }) => {
        const organizationId = await db.organization(1_000);
        const ids = await requests(organizationId, ages);
        const forward: string[] = [];
        let current = await page(organizationId, { limit });
        expect(current.hasNewer).toBe(false);
        for (;;) {
          forward.push(...current.data.map(({ id }) => id));
          if (!current.hasOlder) break;
          current = await page(organizationId, { limit, starting_after: forward.at(-1) });
          expect(current.hasNewer).toBe(true);
        }
        expect([...forward].sort()).toEqual([...ids].sort());

        const back = current.data.map(({ id }) => id);
        while (current.hasNewer) {
          current = await page(organizationId, { limit, ending_before: back[0] });
          expect(current.hasOlder).toBe(true);
          back.unshift(...current.data.map(({ id }) => id));
        }
        expect(back).toEqual(forward);
        const times = (await page(organizationId, { limit: 100 })).data.map(({ created_at }) => created_at);
        expect(times).toEqual([...times].sort().reverse());
      }),
      { numRuns: 15 },
    );
  });

  it('filters by key, status and inclusive times, and sums up all matching requests', async () => {
    const organizationId = await db.organization(1_000);
    await requests(organizationId, [0, 1, 2, 3, 4]);
    const even = await page(organizationId, { key_id: 'even', limit: 2, summary: 'true' });
    expect(even.data).toHaveLength(2);
    expect(even.hasOlder).toBe(true);
    expect(even.summary).toEqual({ total_cost: 0.00003, count: 3, currency: 'usd' });
    const between = { created_after: '2026-01-09T23:59:57.000Z', created_before: '2026-01-09T23:59:59.000Z' };
    expect((await page(organizationId, between)).data.map(({ created_at }) => created_at)).toEqual([
      '2026-01-09T23:59:59.000Z',
      '2026-01-09T23:59:58.000Z',
      '2026-01-09T23:59:57.000Z',
    ]);
    expect((await page(organizationId, { status: 'rejected' })).data).toEqual([]);
  });

  it('sums up exactly the matching requests, whatever the range, the filters and the states', async () => {
    const organizationId = await db.organization(1_000);
    const start = Date.UTC(2026, 1, 27);
    const hours = [0, 1, 23, 24, 25, 47, 48, 60, 72, 95];
    const rows = hours.flatMap((hour, at) => [
      { hour, key: 'a', status: 'completed', cost: 10 + at },
      { hour, key: 'b', status: at % 2 === 0 ? 'processing' : 'upstream_failure', cost: 0 },
    ]);
    for (const { hour, key, status, cost } of rows) {
      await db.sql(
        `INSERT INTO requests (id, organization_id, key_id, status, created_at, cost_micros)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [newRequestId(), organizationId, key, status, new Date(start + hour * 3_600_000), cost],
      );
    }
    const hour = fc.option(fc.integer({ min: -30, max: 130 }), { nil: undefined });
    const at = (hours: number | undefined): string | undefined =>
      hours === undefined ? undefined : new Date(start + hours * 3_600_000).toISOString();
    const filters = fc.record({
      after: hour,
      before: hour,
      key: fc.constantFrom(undefined, 'a', 'b', 'c'),
      status: fc.constantFrom(undefined, 'completed' as const, 'processing' as const, 'upstream_failure' as const),
    });
    await fc.assert(
      fc.asyncProperty(filters, async ({ after, before, key, status }) => {
        const matching = rows.filter(
          (row) =>
            row.hour >= (after ?? -Infinity) &&
            row.hour <= (before ?? Infinity) &&
            (key === undefined || row.key === key) &&
            (status === undefined || row.status === status),
        );
        const changes = { created_after: at(after), created_before: at(before), key_id: key, status };
        expect((await page(organizationId, { ...changes, summary: 'true' })).summary).toEqual({
          count: matching.length,
          total_cost: matching.reduce((sum, { cost }) => sum + cost, 0) / 1_000_000,
          currency: 'usd',
        });
      }),
      { numRuns: 60 },
    );
  });

  it('counts a running request in the summary once, before and after it ends', async () => {
    const organizationId = await db.organization(1_000);
    const id = newRequestId();
    const createdAt = '2026-02-03T10:00:00.000Z';
    await db.sql(`INSERT INTO requests (id, organization_id, status, created_at) VALUES ($1, $2, 'processing', $3)`, [
      id,
      organizationId,
      createdAt,
    ]);
    const summary = async () => (await page(organizationId, { summary: 'true' })).summary;
    expect(await summary()).toMatchObject({ count: 1, total_cost: 0 });
    const record = aUsageRecord({ organizationId, requestId: id, createdAt });
    for (let delivery = 0; delivery < 2; delivery += 1)
      await stores.ledger.apply([{ record, costMicros: micros(25), unpriced: false }]);
    expect(await summary()).toMatchObject({ count: 1, total_cost: 0.000025 });
  });

  it('refuses cursors of another organization, and does not find its requests', async () => {
    const [mine, theirs] = [await db.organization(1_000), await db.organization(1_000)];
    const [id] = await requests(theirs, [0]);
    expect(await stores.history.find(mine, id ?? '')).toBeNull();
    for (const param of ['starting_after', 'ending_before'] as const) {
      expect(await stores.history.page(mine, query({ [param]: id }))).toMatchObject({
        ok: false,
        error: { code: 'INVALID_REQUEST', param },
      });
    }
    expect(await stores.history.page(theirs, query({ starting_after: id, ending_before: id }))).toMatchObject({
      ok: false,
      error: { param: 'ending_before' },
    });
  });
});
