import { newRequestId, statementQuerySchema, type Statement } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { ledgerStore, statementStore, type LedgerStore, type StatementStore } from './index.js';

const USD = 1_000_000;
const NOW = new Date();
const MONTH = NOW.toISOString().slice(0, 7);

describe('a statement', () => {
  let db: MigratedDatabase<Client>;
  let ledger: LedgerStore;
  let statements: StatementStore;
  let organizationId: string;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    ledger = ledgerStore(db.client);
    statements = statementStore(db.client);
  });
  beforeEach(async () => {
    organizationId = await db.organization(50 * USD);
  });
  afterAll(() => db.close());

  const use = async (cost: number, keyId: string | null, model: string | null): Promise<void> => {
    const record = aUsageRecord({ organizationId, requestId: newRequestId(), model });
    await ledger.apply([{ record: { ...record, keyId: keyId as string }, costMicros: micros(cost), unpriced: false }]);
  };
  const credit = (kind: 'refund' | 'adjustment' | 'auto_top_up', amount: number, reference: string) =>
    ledger.credit({ organizationId, kind, amountMicros: micros(amount), reference, note: `note of ${reference}` });
  /** An entry of another time. Rows with a balance are taken as they are. */
  const at = async (time: string, amount: number): Promise<void> => {
    const [row] = await db.sql('SELECT balance_micros FROM accounts WHERE organization_id = $1', [organizationId]);
    await db.sql(
      `INSERT INTO ledger_entries (organization_id, kind, amount_micros, balance_after_micros, reference, created_at)
       VALUES ($1, 'adjustment', $2, $3, $4, $5)`,
      [organizationId, amount, Number(row?.['balance_micros']) + amount, time, time],
    );
  };
  const find = async (month = MONTH): Promise<Statement> => {
    const statement = await statements.find(organizationId, month);
    if (statement === null) throw new Error('there is no statement');
    return statement;
  };
  const page = async (query: object = {}) => statements.page(organizationId, statementQuerySchema.parse(query));
  /** The sum of numbers of USD in micros, exactly. */
  const sum = (amounts: number[]): number => amounts.reduce((total, usd) => total + Math.round(usd * USD), 0);

  it('adds up from the opening to the closing balance, by model, by key and by entry', async () => {
    await db.sql(
      `INSERT INTO api_keys (id, organization_id, name, last_four, secret_hash) VALUES ($1, $2, $3, 'abcd', $4)`,
      [`key_${organizationId}`, organizationId, '=cmd()', 'a'.repeat(64)],
    );
    await use(1 * USD + 1, `key_${organizationId}`, 'sora-2');
    await use(2 * USD, `key_${organizationId}`, 'sora-2');
    await use(500_000, 'key_other', 'sora-2');
    await use(7, `key_${organizationId}`, 'gpt-5.4-mini');
    await use(3, null, null);
    await credit('auto_top_up', 20 * USD, 'pi_1');
    await credit('refund', -5 * USD, 'refund-pi_1');
    await credit('adjustment', 250_000, 'goodwill');
    const statement = await find();
    expect(statement).toMatchObject({
      id: MONTH,
      object: 'statement',
      status: 'open',
      opening_balance: 0,
      closing_balance: 61.749989,
      totals: { top_up: 50, auto_top_up: 20, usage: -3.500011, adjustment: 0.25, refund: -5 },
      by_model: [
        { model: 'sora-2', requests: 3, amount: -3.500001 },
        { model: 'gpt-5.4-mini', requests: 1, amount: -0.000007 },
        { model: null, requests: 1, amount: -0.000003 },
      ],
      by_key: [
        { key_id: `key_${organizationId}`, key_name: '=cmd()', requests: 3, amount: -3.000008 },
        { key_id: 'key_other', key_name: null, requests: 1, amount: -0.5 },
        { key_id: null, key_name: null, requests: 1, amount: -0.000003 },
      ],
    });
    expect(statement.usage).toHaveLength(4);
    expect(statement.entries.map(({ type, reference }) => [type, reference])).toEqual([
      ['top_up', 'initial-credit'],
      ['auto_top_up', 'pi_1'],
      ['refund', 'refund-pi_1'],
      ['adjustment', 'goodwill'],
    ]);
    const lines = [...statement.entries, ...statement.usage].map(({ amount }) => amount);
    expect(sum([statement.opening_balance, ...lines])).toBe(sum([statement.closing_balance]));
    expect(sum([statement.closing_balance])).toBe((await db.books(organizationId)).balance);
  });

  it('agrees with the ledger after concurrent charges, credits and repeated records', async () => {
    const records = Array.from({ length: 60 }, (_, n) => ({
      record: aUsageRecord({ organizationId, requestId: newRequestId(), keyId: `key_${n % 3}`, model: `m${n % 4}` }),
      costMicros: micros(n * 1_001),
      unpriced: false,
    }));
    const batches = Array.from({ length: 12 }, (_, n) => [...records.slice(n * 5, n * 5 + 5), ...records.slice(0, n)]);
    await Promise.all([
      ...batches.map((batch) => ledger.apply(batch)),
      ...[1, 2, 3].map((n) => credit('adjustment', n, `a-${n}`)),
    ]);
    const statement = await find();
    expect(sum([statement.closing_balance])).toBe((await db.books(organizationId)).balance);
    expect(statement.usage.reduce((count, { requests }) => count + requests, 0)).toBe(59);
    const months = await db.sql(
      `SELECT SUM(entries)::int AS entries, SUM(amount_micros)::bigint::text AS amount FROM ledger_months
       WHERE organization_id = $1`,
      [organizationId],
    );
    const entries = await db.sql(
      `SELECT count(*)::int AS entries, SUM(amount_micros)::bigint::text AS amount FROM ledger_entries
       WHERE organization_id = $1`,
      [organizationId],
    );
    expect(months).toEqual(entries);
  });

  it('belongs to a month of UTC, whose first and last moments count', async () => {
    await db.sql(`UPDATE organizations SET created_at = '2025-01-10T00:00:00Z' WHERE id = $1`, [organizationId]);
    await at('2025-02-28T23:59:59.999Z', 1);
    await at('2025-03-01T00:00:00.000Z', 10);
    await at('2025-03-31T23:59:59.999Z', 100);
    await at('2025-04-01T00:00:00.000Z', 1_000);
    const march = await find('2025-03');
    expect(march).toMatchObject({ opening_balance: 0.000001, closing_balance: 0.000111, status: 'closed' });
    expect(march.entries.map(({ created_at }) => created_at)).toEqual([
      '2025-03-01T00:00:00.000Z',
      '2025-03-31T23:59:59.999Z',
    ]);
    expect(await find('2025-01')).toMatchObject({ opening_balance: 0, closing_balance: 0, entries: [], usage: [] });
    expect(await find('2025-05')).toMatchObject({ opening_balance: 0.001111, closing_balance: 0.001111 });
    expect(await statements.find(organizationId, '2024-12')).toBeNull();
    expect(await statements.find(organizationId, '2999-01')).toBeNull();
    expect(await statements.find('org_nobody', MONTH)).toBeNull();
  });

  it('is closed a minute after the end of its month, and does not change then', async () => {
    await db.sql(`UPDATE organizations SET created_at = '2025-03-10T00:00:00Z' WHERE id = $1`, [organizationId]);
    await at('2025-03-31T23:59:59.999Z', 100);
    const during = (time: string) => statementStore(db.client, () => Date.parse(time));
    expect(await during('2025-04-01T00:00:59Z').find(organizationId, '2025-03')).toMatchObject({ status: 'open' });
    const closed = await during('2025-04-01T00:01:00Z').find(organizationId, '2025-03');
    expect(closed).toMatchObject({ status: 'closed' });
    // A record that arrives late is charged now, in the current month.
    const late = aUsageRecord({ organizationId, requestId: newRequestId(), createdAt: '2025-03-31T12:00:00.000Z' });
    await ledger.apply([{ record: late, costMicros: micros(5), unpriced: false }]);
    expect(await find('2025-03')).toEqual(closed);
    expect((await find()).totals.usage).toBe(-0.000005);
  });

  it('is listed newest first, page by page, with balances that follow each other', async () => {
    for (const month of ['01', '02', '03', '04']) await at(`2025-${month}-15T00:00:00Z`, 1);
    const all = await page();
    expect(all?.data.map(({ id }) => id)).toEqual([MONTH, '2025-04', '2025-03', '2025-02', '2025-01']);
    for (const [index, { opening_balance: opening }] of (all?.data ?? []).entries())
      expect(opening).toBe(all?.data[index + 1]?.closing_balance ?? 0);
    const ids = async (query: object) => {
      const found = await page(query);
      return [found?.data.map(({ id }) => id), found?.hasOlder, found?.hasNewer];
    };
    expect(await ids({ limit: '2' })).toEqual([[MONTH, '2025-04'], true, false]);
    expect(await ids({ limit: '2', starting_after: '2025-04' })).toEqual([['2025-03', '2025-02'], true, true]);
    expect(await ids({ limit: '2', starting_after: '2025-02' })).toEqual([['2025-01'], false, true]);
    expect(await ids({ limit: '2', starting_after: '2025-01' })).toEqual([[], false, true]);
    expect(await ids({ limit: '2', ending_before: '2025-02' })).toEqual([['2025-04', '2025-03'], true, true]);
    expect(await ids({ limit: '9', ending_before: '2025-02' })).toEqual([[MONTH, '2025-04', '2025-03'], true, false]);
    expect(await statements.page('org_nobody', statementQuerySchema.parse({}))).toBeNull();
  });
});
