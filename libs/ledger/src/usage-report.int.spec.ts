import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import {
  newRequestId,
  NOTHING_CHARGED,
  usageQuerySchema,
  type UsageQuery,
  type UsageRecord,
  type UsageReport,
} from '@lumenfall/contracts';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { ledgerStore, usageReportStore } from './index.js';

const NOW = Date.parse('2026-03-31T12:00:00Z');

describe('the usage report', () => {
  let db: MigratedDatabase<Client>;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
  });
  afterAll(() => db.close());

  const ask = (organizationId: string, query: Partial<UsageQuery> = {}) =>
    usageReportStore(db.client, () => NOW).report(organizationId, { ...usageQuerySchema.parse({}), ...query });

  async function report(organizationId: string, query: Partial<UsageQuery> = {}): Promise<UsageReport> {
    const result = await ask(organizationId, query);
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  }

  async function record(organizationId: string, changes: Partial<UsageRecord>, cost = 0): Promise<void> {
    const one = aUsageRecord({ organizationId, requestId: newRequestId(), ...changes });
    await ledgerStore(db.client).apply([{ record: one, costMicros: micros(cost), unpriced: false }]);
  }

  const failed: Partial<UsageRecord> = { status: 'upstream_failure', charge: NOTHING_CHARGED };
  const images = {
    ...aUsageRecord().charge,
    quantities: [
      { type: 'output' as const, metric: 'image' as const, quantity: 2 },
      { type: 'input' as const, metric: 'image' as const, quantity: 1 },
    ],
  };

  it('groups requests, errors, cost and units by UTC day, model, key and modality', async () => {
    const organizationId = await db.organization(1_000);
    await record(organizationId, { createdAt: '2026-03-30T23:59:59.999Z', keyId: 'one', model: 'chat' }, 20);
    await record(organizationId, { createdAt: '2026-03-31T00:00:00.000Z', keyId: 'two', model: 'chat' }, 30);
    await record(organizationId, { ...failed, createdAt: '2026-03-31T01:00:00.000Z', keyId: 'two', model: 'chat' });
    const image = { createdAt: '2026-03-31T02:00:00.000Z', keyId: 'two', model: 'paint', modality: 'image' } as const;
    await record(organizationId, { ...image, charge: images }, 500);
    await record(organizationId, { createdAt: '2026-03-31T02:00:00.000Z', status: 'cancelled', model: 'chat' });
    await record(await db.organization(1_000), { createdAt: '2026-03-31T02:00:00.000Z' }, 1);

    const byDay = await report(organizationId);
    expect(byDay).toMatchObject({ start_date: '2026-03-02', end_date: '2026-03-31', group_by: ['day'] });
    expect(byDay.data).toEqual([
      expect.objectContaining({ day: '2026-03-31', requests: 4, errors: 1, cost: 0.00053, images: 2 }),
      expect.objectContaining({ day: '2026-03-30', requests: 1, errors: 0, cost: 0.00002, input_tokens: 1000 }),
    ]);
    expect(byDay.total).toMatchObject({ requests: 5, errors: 1, cost: 0.00055, output_tokens: 1500, images: 2 });

    const byModel = await report(organizationId, { group_by: ['model'] });
    expect(byModel.data.map(({ model, cost }) => [model, cost])).toEqual([
      ['paint', 0.0005],
      ['chat', 0.00005],
    ]);
    const byKey = await report(organizationId, { group_by: ['key', 'modality'], model: 'chat' });
    expect(byKey.data.map(({ key_id, modality, requests }) => [key_id, modality, requests])).toEqual([
      ['two', 'text', 2],
      ['one', 'text', 1],
      ['key_test', 'text', 1],
    ]);
    expect(byKey.data[0]).not.toHaveProperty('day');
  });

  it('counts a refused request under no model, because its model may be any text', async () => {
    const organizationId = await db.organization(1_000);
    await record(organizationId, {
      ...failed,
      status: 'rejected',
      model: 'misspelt',
      createdAt: '2026-03-31T00:00:00.000Z',
    });
    expect((await report(organizationId, { group_by: ['model'] })).data).toMatchObject([{ model: null, errors: 1 }]);
  });

  it.each([
    [{ start_date: '2026-03-02', end_date: '2026-03-01' }, 'end_date'],
    [{ start_date: '2025-03-30' }, 'start_date'],
    [{ start_date: '2025-03-30', end_date: '2026-03-31' }, 'start_date'],
  ])('refuses the period %p and names %s', async (query, param) => {
    expect(await ask(await db.organization(1_000), query)).toMatchObject({
      ok: false,
      error: { code: 'INVALID_REQUEST', param },
    });
  });

  it.each([
    [{}, '2026-03-02', '2026-03-31'],
    [{ start_date: '2026-03-30' }, '2026-03-30', '2026-03-31'],
    [{ end_date: '2026-01-30' }, '2026-01-01', '2026-01-30'],
    [{ start_date: '2026-04-10' }, '2026-04-10', '2026-04-10'],
    [{ start_date: '2025-03-31', end_date: '2026-03-31' }, '2025-03-31', '2026-03-31'],
  ])('reads %p as the days %s to %s', async (query, start, end) => {
    const answer = await report(await db.organization(1_000), query);
    expect([answer.start_date, answer.end_date, answer.data]).toEqual([start, end, []]);
  });
});
