import { newRequestId } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { ledgerStore } from '@lumenfall/ledger';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { spendReader, type SpendQuery } from './index.js';

describe('the spend reader', () => {
  let db: MigratedDatabase<Client>;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
  });
  afterAll(() => db.close());

  const startOf = (date: Date, part: 'day' | 'month'): number =>
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), part === 'day' ? date.getUTCDate() : 1);

  it('adds up the charges of a key and of its organization, and says which requests they include', async () => {
    const organizationId = await db.organization(10_000);
    const ledger = ledgerStore(db.client);
    const apply = async (keyId: string, cost: number): Promise<string> => {
      const requestId = newRequestId();
      const record = aUsageRecord({ organizationId, keyId, requestId });
      // Delivered twice: the second delivery changes nothing.
      for (let n = 0; n < 2; n += 1) await ledger.apply([{ record, costMicros: micros(cost), unpriced: false }]);
      return requestId;
    };
    const a = await apply('key_a', 300);
    const free = await apply('key_a', 0);
    await apply('key_b', 500);
    await ledger.apply([
      ...['key_a', 'key_a', 'key_b'].map((keyId) => ({
        record: aUsageRecord({ organizationId, keyId, requestId: newRequestId() }),
        costMicros: micros(10),
        unpriced: false,
      })),
    ]);
    const now = new Date();
    const query: SpendQuery = {
      organizationId,
      keyId: 'key_a',
      day: startOf(now, 'day'),
      month: startOf(now, 'month'),
      requestIds: [a, free, 'req_running'],
    };
    const { read } = spendReader(db.client);
    const spend = await read(query);
    expect({ ...spend, recorded: spend.recorded.sort() }).toEqual({
      dayMicros: 320,
      monthMicros: 320,
      recorded: [a, free].sort(),
    });
    expect(await read({ ...query, keyId: null, requestIds: [] })).toMatchObject({ dayMicros: 830, monthMicros: 830 });
    expect(await read({ ...query, day: query.day - 86_400_000, month: query.month })).toMatchObject({ dayMicros: 0 });
    const nextMonth = startOf(new Date(query.month + 32 * 86_400_000), 'month');
    expect(await read({ ...query, day: nextMonth, month: nextMonth })).toMatchObject({ dayMicros: 0, monthMicros: 0 });
    const [sums] = await db.sql(
      `SELECT (SELECT SUM(spent_micros) FROM spend_days WHERE organization_id = $1 AND key_id = '') AS days,
         (SELECT -SUM(amount_micros) FROM ledger_entries WHERE organization_id = $1 AND kind = 'usage') AS entries`,
      [organizationId],
    );
    expect(sums).toEqual({ days: '830', entries: '830' });
  });
});
