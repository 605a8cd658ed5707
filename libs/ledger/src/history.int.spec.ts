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
