import { newRequestId } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { holdStore, ledgerStore, type HoldOutcome } from './index.js';

describe('a billing mode', () => {
  let db: MigratedDatabase<Client>;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
  });
  afterAll(() => db.close());

  const hold = (organizationId: string, amountMicros: number, requestId = newRequestId()): Promise<HoldOutcome> =>
    holdStore(db.client).place({
      ...{ requestId, organizationId, modality: 'image', amountMicros },
      ...{ deadline: Date.now() + 60_000, placeUntil: Date.now() + 60_000 },
    });
  const charge = (organizationId: string, cost: number, requestId = newRequestId()) => {
    const record = aUsageRecord({ organizationId, requestId });
    return ledgerStore(db.client).apply([{ record, costMicros: micros(cost), unpriced: false }]);
  };
  const setMode = (organizationId: string, mode: 'prepaid' | 'postpaid', limit: number) =>
    db.sql('UPDATE accounts SET billing_type = $2, credit_limit_micros = $3 WHERE organization_id = $1', [
      organizationId,
      mode,
      limit,
    ]);
  const refused = (requiredMicros: number, availableMicros: number) => ({
    outcome: 'refused',
    requiredMicros,
    availableMicros,
  });

  it('of postpaid covers exactly balance and credit limit, and refuses one micro more with both amounts', async () => {
    const id = await db.organization(100, { limitMicros: 50 });
    expect(await hold(id, 151)).toEqual(refused(151, 150));
    expect(await hold(id, 150)).toMatchObject({ outcome: 'held' });
    expect(await hold(id, 1)).toEqual(refused(1, 0));
  });

  it('of postpaid lets the balance go down to the limit and no further, with 50 requests at once', async () => {
    const id = await db.organization(1, { limitMicros: 999 });
    const ids = Array.from({ length: 50 }, () => newRequestId());
    const held = await Promise.all(ids.map(async (one) => (await hold(id, 30, one)).outcome === 'held'));
    expect(held.filter(Boolean)).toHaveLength(33);
    await Promise.all(ids.filter((_, index) => held[index]).map((one) => charge(id, 30, one)));
    expect(await db.books(id)).toEqual({ balance: 1 - 33 * 30, entries: 1 - 33 * 30 });
    expect(await hold(id, 11)).toEqual(refused(11, 10));
  });

  it('that becomes prepaid while requests run charges them, and then refuses below zero', async () => {
    const id = await db.organization(10, { limitMicros: 1_000 });
    const running = newRequestId();
    expect(await hold(id, 500, running)).toMatchObject({ outcome: 'held' });
    await setMode(id, 'prepaid', 1_000);
    expect(await hold(id, 1)).toEqual(refused(1, -490));
    await charge(id, 400, running);
    expect(await db.books(id)).toEqual({ balance: -390, entries: -390 });
    expect(await hold(id, 1)).toEqual(refused(1, -390));
    await setMode(id, 'postpaid', 1_000);
    expect(await hold(id, 610)).toMatchObject({ outcome: 'held' });
  });

  it('with a limit lowered below what is used refuses until the account is paid', async () => {
    const id = await db.organization(1, { limitMicros: 1_000 });
    await charge(id, 801);
    await setMode(id, 'postpaid', 300);
    expect(await hold(id, 1)).toEqual(refused(1, -500));
    const payment = { organizationId: id, kind: 'top_up' as const, amountMicros: micros(501), reference: 'invoice-1' };
    await ledgerStore(db.client).credit({ ...payment, note: null });
    expect(await hold(id, 2)).toEqual(refused(2, 1));
    expect(await hold(id, 1)).toMatchObject({ outcome: 'held' });
  });

  it('that changes while 40 holds are placed never covers more than one of the modes allows', async () => {
    const id = await db.organization(100, { limitMicros: 400 });
    const outcomes = await Promise.all([
      ...Array.from({ length: 40 }, () => hold(id, 20)),
      setMode(id, 'prepaid', 400),
    ]);
    const held = outcomes.filter((outcome) => 'outcome' in outcome && outcome.outcome === 'held').length * 20;
    expect(held).toBeGreaterThanOrEqual(100);
    expect(held).toBeLessThanOrEqual(500);
    expect((await hold(id, 1)).outcome).toBe('refused');
  });
});
