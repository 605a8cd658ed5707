import { ledgerQuerySchema, newRequestId, type LedgerQuery } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { entryList, ledgerStore } from './index.js';

describe('the list of ledger entries', () => {
  let db: MigratedDatabase<Client>;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
  });
  afterAll(() => db.close());

  const ask = (organizationId: string, query: Partial<LedgerQuery> = {}) =>
    entryList(db.client).page(organizationId, { ...ledgerQuerySchema.parse({}), ...query });
  const page = async (organizationId: string, query: Partial<LedgerQuery> = {}) => {
    const result = await ask(organizationId, query);
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  };

  /** Charges and credits from several connections at once. */
  async function busyAccount(): Promise<string> {
    const organizationId = await db.organization(10_000);
    const ledger = ledgerStore(db.client);
    const charge = (cost: number) => ({
      record: aUsageRecord({ organizationId, requestId: newRequestId() }),
      costMicros: micros(cost),
      unpriced: false,
    });
    await Promise.all(
      Array.from({ length: 8 }, async (_, at) => {
        await ledger.apply([charge(10 + at), charge(20), charge(30)]);
        const amountMicros = micros(at % 2 === 0 ? 500 : -5);
        await ledger.credit({
          organizationId,
          kind: at % 2 === 0 ? 'top_up' : 'adjustment',
          amountMicros,
          reference: `payment-${at}`,
          note: null,
        });
      }),
    );
    return organizationId;
  }

  it('adds up to the balance over all pages, in the order in which each balance followed from the one before', async () => {
    const organizationId = await busyAccount();
    const entries = [];
    let current = await page(organizationId, { limit: 7 });
    for (;;) {
      entries.push(...current.data);
      if (!current.hasOlder) break;
      current = await page(organizationId, { limit: 7, starting_after: entries.at(-1)?.id });
      expect(current.hasNewer).toBe(true);
    }
    expect(entries).toHaveLength(1 + 8 * 4);
    const { balance } = await db.books(organizationId);
    const toMicros = (usd: number): number => Math.round(usd * 1_000_000);
    expect(entries.reduce((sum, { amount }) => sum + toMicros(amount), 0)).toBe(balance);
    let after = balance;
    for (const { amount, balance_after } of entries) {
      expect(toMicros(balance_after)).toBe(after);
      after -= toMicros(amount);
    }
    expect(after).toBe(0);

    const back = current.data.map(({ id }) => id);
    while (current.hasNewer) {
      current = await page(organizationId, { limit: 7, ending_before: back[0] });
      back.unshift(...current.data.map(({ id }) => id));
    }
    expect(back).toEqual(entries.map(({ id }) => id));
  });

  it('shows the request of a charge, and the reference and note of a credit', async () => {
    const organizationId = await db.organization(5);
    const record = aUsageRecord({ organizationId, requestId: newRequestId() });
    await ledgerStore(db.client).apply([{ record, costMicros: micros(2), unpriced: false }]);
    expect((await page(organizationId)).data).toEqual([
      {
        id: expect.stringMatching(/^entry_\d+$/),
        object: 'ledger_entry',
        type: 'usage',
        amount: -0.000002,
        balance_after: 0.000003,
        currency: 'usd',
        request_id: record.requestId,
        reference: null,
        note: null,
        created_at: expect.stringMatching(/Z$/),
      },
      expect.objectContaining({ type: 'top_up', amount: 0.000005, request_id: null, reference: expect.any(String) }),
    ]);
  });

  it('filters by type and by inclusive times', async () => {
    const organizationId = await busyAccount();
    const credits = await page(organizationId, { type: 'adjustment', limit: 100 });
    expect(credits.data.map(({ type, amount }) => [type, amount])).toEqual(Array(4).fill(['adjustment', -0.000005]));
    const at = credits.data[1]?.created_at ?? '';
    const same = await page(organizationId, { created_after: at, created_before: at, limit: 100 });
    expect(same.data.map(({ id }) => id)).toContain(credits.data[1]?.id);
    expect(new Set(same.data.map(({ created_at }) => created_at))).toEqual(new Set([at]));
  });

  it.each(['starting_after', 'ending_before'] as const)(
    'refuses an entry of another organization in %s',
    async (param) => {
      const [theirs] = (await page(await db.organization(1))).data;
      for (const cursor of [theirs?.id ?? '', 'entry_999999999', 'req_1', 'entry_99999999999999999999'])
        expect(await ask(await db.organization(1), { [param]: cursor })).toMatchObject({
          ok: false,
          error: { code: 'INVALID_REQUEST', param },
        });
    },
  );
});
