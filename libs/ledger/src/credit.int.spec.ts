import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { newRequestId } from '@lumenfall/contracts';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { ledgerStore, type Credit, type LedgerStore } from './index.js';

describe('the entries of the ledger', () => {
  let db: MigratedDatabase<Client>;
  let ledger: LedgerStore;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    ledger = ledgerStore(db.client);
  });
  afterAll(() => db.close());

  const topUp = (organizationId: string, amount: number, changes: Partial<Credit> = {}): Credit => ({
    organizationId,
    kind: 'top_up',
    amountMicros: micros(amount),
    reference: newRequestId(),
    note: null,
    ...changes,
  });
  const usage = (organizationId: string, cost: number) => ({
    record: aUsageRecord({ organizationId }),
    costMicros: micros(cost),
    unpriced: false,
  });
  const chainOf = async (organizationId: string): Promise<(readonly [unknown, number, number])[]> => {
    const rows = await db.sql(
      'SELECT kind, amount_micros, balance_after_micros FROM ledger_entries WHERE organization_id = $1 ORDER BY id',
      [organizationId],
    );
    return rows.map((row) => [row['kind'], Number(row['amount_micros']), Number(row['balance_after_micros'])] as const);
  };
  /** The chain that these amounts must make. */
  const chained = (entries: readonly (readonly [unknown, number, number])[]) => {
    let balance = 0;
    return entries.map(([kind, amount]) => [kind, amount, (balance += amount)] as const);
  };

  it('are returned with the balance that results from them', async () => {
    const organizationId = await db.organization(1_000);
    const credit = topUp(organizationId, 500, { reference: 'pay_1', note: 'Invoice 7' });
    expect(await ledger.credit(credit)).toMatchObject({
      outcome: 'added',
      entry: { ...credit, balanceAfterMicros: 1_500, requestId: null, createdAt: expect.any(Date) as Date },
    });
    const down = topUp(organizationId, -1_600, { kind: 'adjustment' });
    expect(await ledger.credit(down)).toMatchObject({ outcome: 'added', entry: { balanceAfterMicros: -100 } });
    expect(await db.books(organizationId)).toEqual({ balance: -100, entries: -100 });
  });

  it('are added once per reference, also by concurrent calls, and never with another amount or kind', async () => {
    const organizationId = await db.organization(1_000);
    const credit = topUp(organizationId, 500, { reference: 'pay_1' });
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => ledger.credit(credit)));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['added', 'repeated', 'repeated', 'repeated']);
    const entry = { amountMicros: 500, kind: 'top_up', balanceAfterMicros: 1_500 };
    for (const outcome of outcomes) expect(outcome).toMatchObject({ entry });
    const taken = { outcome: 'reference-taken', entry };
    expect(await ledger.credit({ ...credit, amountMicros: micros(501) })).toMatchObject(taken);
    expect(await ledger.credit({ ...credit, kind: 'refund' })).toMatchObject(taken);
    expect(await ledger.credit(topUp(await db.organization(1), 7, { reference: 'pay_1' }))).toMatchObject({
      outcome: 'added',
    });
    expect(await db.books(organizationId)).toEqual({ balance: 1_500, entries: 1_500 });
  });

  it('are refused for an unknown organization', async () => {
    expect(await ledger.credit(topUp('org_nobody', 1))).toEqual({ outcome: 'unknown-organization' });
  });

  it('are a chain of balances if batches of charges and credits arrive concurrently', async () => {
    const [one, two] = [await db.organization(1_000), await db.organization(2_000)];
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => [
        ledger.apply([usage(one, index), usage(two, 3), usage(one, 5 * index), usage(two, index), usage(one, 1)]),
        ledger.credit(topUp(index % 2 === 0 ? one : two, 10 + index)),
      ]).flat(),
    );
    for (const organizationId of [one, two]) {
      const entries = await chainOf(organizationId);
      expect(entries.length).toBeGreaterThan(24);
      expect(entries).toEqual(chained(entries));
      expect(await db.books(organizationId)).toMatchObject({ balance: entries.at(-1)?.[2] });
    }
  });

  it('are a chain of balances if one statement inserts several without their balances', async () => {
    const organizationId = await db.organization(1_000);
    await db.sql(
      `INSERT INTO ledger_entries (organization_id, kind, amount_micros, reference)
       SELECT $1, 'adjustment', amount, amount::text FROM unnest('{5,-7,11}'::bigint[]) AS amount`,
      [organizationId],
    );
    expect(await chainOf(organizationId)).toEqual([
      ['top_up', 1_000, 1_000],
      ['adjustment', 5, 1_005],
      ['adjustment', -7, 998],
      ['adjustment', 11, 1_009],
    ]);
  });

  it.each([
    ["'top_up', -1, 1, NULL, 'r'", 'signed_by_kind'],
    ["'auto_top_up', 0, 1, NULL, 'r'", 'signed_by_kind'],
    ["'usage', 1, NULL, 'req_1', NULL", 'signed_by_kind'],
    ["'adjustment', 0, NULL, NULL, 'r'", 'signed_by_kind'],
    ["'grant', 5, NULL, NULL, 'r'", 'kind_known'],
    ["'usage', -1, NULL, NULL, NULL", 'cause_named'],
    ["'top_up', 5, NULL, NULL, NULL", 'cause_named'],
    ["'top_up', 5, NULL, NULL, 'initial-credit'", 'organization_id_reference_key'],
    ["'top_up', 5, 1004, NULL, 'r'", 'is not the balance before it plus its amount'],
  ])('are refused by the database if they are contradictory: %s', async (values, reason) => {
    const organizationId = await db.organization(1_000);
    const insert = db.sql(
      `INSERT INTO ledger_entries (organization_id, kind, amount_micros, balance_after_micros, request_id, reference)
       VALUES ($1, ${values})`,
      [organizationId],
    );
    await expect(insert).rejects.toThrow(reason);
    expect(await db.books(organizationId)).toEqual({ balance: 1_000, entries: 1_000 });
  });
});
