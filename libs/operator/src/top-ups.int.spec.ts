import { newKsuid } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { topUpStore, type TopUpProvider } from '@lumenfall/ledger';
import { micros } from '@lumenfall/money';
import { migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { operate, type OperationName } from './index.js';

describe('the operator', () => {
  let db: MigratedDatabase<Client>;
  let organization: string;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
  });
  beforeEach(async () => {
    organization = await db.organization(1_000_000);
  });
  afterAll(() => db.close());

  const run = <N extends OperationName>(name: N, input: object) => operate(db.client, 'cli', name, input);
  const requested = async (provider: TopUpProvider = 'manual'): Promise<string> => {
    const id = `top_${newKsuid()}`;
    const request = { id, organizationId: organization, amountMicros: micros(25_000_000), provider };
    await topUpStore(db.client).create(request);
    return id;
  };

  it('completes a manual top-up once, and each change is recorded', async () => {
    const id = await requested();
    const done = { ok: true, value: { id, status: 'succeeded', amount: 25 } };
    const both = [1, 2].map(() => run('top_ups.complete', { organization, top_up: id }));
    expect(await Promise.all(both)).toMatchObject([done, done]);
    expect(await db.books(organization)).toEqual({ balance: 26_000_000, entries: 26_000_000 });
    expect(await run('top_ups.list', { organization })).toMatchObject({ ok: true, value: { data: [done.value] } });
    const recorded = await db.sql('SELECT action FROM operator_actions WHERE organization_id = $1', [organization]);
    expect(recorded).toEqual([{ action: 'top_ups.complete' }, { action: 'top_ups.complete' }]);
  });

  it('refuses a top-up with a reason, and adds no credit', async () => {
    const id = await requested();
    expect(await run('top_ups.refuse', { organization, top_up: id, reason: 'unpaid' })).toMatchObject({
      ok: true,
      value: { status: 'failed', failure_reason: 'unpaid' },
    });
    expect((await db.books(organization)).balance).toBe(1_000_000);
  });

  it('changes no top-up of another organization, and none that Stripe decides', async () => {
    const id = await requested();
    const other = await db.organization(1);
    expect(await run('top_ups.complete', { organization: other, top_up: id })).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND', param: 'top_up' },
    });
    expect(await run('top_ups.complete', { organization, top_up: await requested('stripe') })).toMatchObject({
      ok: false,
      error: { code: 'INVALID_REQUEST', param: 'top_up' },
    });
    expect((await db.books(organization)).balance).toBe(1_000_000);
  });

  it('sets automatic top-ups, and changes one setting without the others', async () => {
    expect(await run('auto_top_up.set', { organization, threshold: '20' })).toMatchObject({
      ok: false,
      error: { param: 'amount' },
    });
    await run('auto_top_up.set', { organization, threshold: '20', amount: '100' });
    const set = { enabled: true, threshold: 20, amount: 100, max_per_day: 3, has_saved_card: false };
    expect(await run('auto_top_up.show', { organization })).toMatchObject({ ok: true, value: set });
    expect(await run('auto_top_up.set', { organization, enabled: false })).toMatchObject({
      ok: true,
      value: { ...set, enabled: false },
    });
    expect(await run('auto_top_up.set', { organization, amount: '10.005' })).toMatchObject({
      ok: false,
      error: { message: 'amount: must be whole cents', param: 'amount' },
    });
  });
});
