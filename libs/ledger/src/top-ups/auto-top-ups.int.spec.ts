import { newRequestId } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { autoTopUpStore, ledgerStore, paymentCustomerStore, topUpStore, type AutoTopUpStore } from '../index.js';

const SETTINGS = {
  enabled: true,
  thresholdMicros: micros(5_000_000),
  amountMicros: micros(20_000_000),
  maxPerDay: 3,
};

describe('automatic top-ups', () => {
  let db: MigratedDatabase<Client>;
  let auto: AutoTopUpStore;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    auto = autoTopUpStore(db.client);
  });
  afterAll(() => db.close());

  const organization = async (balance: number, settings: Partial<typeof SETTINGS> = {}): Promise<string> => {
    const id = await db.organization(balance);
    await auto.set(id, { ...SETTINGS, ...settings });
    return id;
  };
  const isDue = async (id: string): Promise<boolean> => (await auto.findDue(1_000)).includes(id);
  const complete = (id: string) =>
    topUpStore(db.client).succeed(id, { paymentId: `pi_${id}`, receivedMicros: SETTINGS.amountMicros });
  const later = (id: string) => db.sql(`UPDATE auto_top_ups SET not_before = now() WHERE organization_id = $1`, [id]);

  it.each([
    ['at the threshold', 5_000_000, {}, false],
    ['one micro below the threshold', 4_999_999, {}, true],
    ['below it, but disabled', 1, { enabled: false }, false],
    ['negative', -5, {}, true],
  ])('are due by the available balance: %s', async (_, balance, settings, due) => {
    const id = await organization(Math.max(balance, 1), settings);
    if (balance < 0)
      await ledgerStore(db.client).credit({
        ...{ organizationId: id, kind: 'adjustment', amountMicros: micros(balance - 1), reference: 'down', note: null },
      });
    expect(await isDue(id)).toBe(due);
  });

  it('count holds, and are not for postpaid accounts', async () => {
    const id = await organization(6_000_000);
    expect(await isDue(id)).toBe(false);
    await db.sql(
      `INSERT INTO holds (request_id, organization_id, modality, amount_micros, expires_at, deadline)
       VALUES ($1, $2, 'image', 1000001, now() + interval '1 minute', now() + interval '1 minute')`,
      [newRequestId(), id],
    );
    expect(await isDue(id)).toBe(true);
    await db.sql(`UPDATE accounts SET billing_type = 'postpaid' WHERE organization_id = $1`, [id]);
    expect(await isDue(id)).toBe(false);
    expect(await auto.trigger(id, 'stripe')).toBeNull();
  });

  it('are triggered exactly once by fifty concurrent charges', async () => {
    const id = await organization(6_000_000);
    const spend = async (): Promise<unknown> => {
      const record = aUsageRecord({ organizationId: id, requestId: newRequestId() });
      await ledgerStore(db.client).apply([{ record, costMicros: micros(100_000), unpriced: false }]);
      return auto.trigger(id, 'stripe');
    };
    const triggered = (await Promise.all(Array.from({ length: 50 }, spend))).filter((topUp) => topUp !== null);
    expect(triggered).toMatchObject([{ kind: 'auto_top_up', amountMicros: 20_000_000, state: 'requested' }]);
    expect(await isDue(id)).toBe(false);
  });

  it('are not triggered again by a call that waited while one was completed', async () => {
    const id = await organization(1_000_000);
    for (let round = 0; round < 10; round += 1) {
      const topUp = await auto.trigger(id, 'stripe');
      if (topUp === null) break;
      await Promise.all([complete(topUp.id), auto.trigger(id, 'stripe'), auto.trigger(id, 'stripe')]);
    }
    const [row] = await db.sql(`SELECT count(*)::int AS n FROM top_ups WHERE organization_id = $1`, [id]);
    expect(row).toEqual({ n: 1 });
    expect(await db.books(id)).toEqual({ balance: 21_000_000, entries: 21_000_000 });
  });

  it('are at most one in progress, whatever writes the table', async () => {
    const id = await organization(1);
    const first = await auto.trigger(id, 'stripe');
    await expect(
      db.sql(
        `INSERT INTO top_ups (id, organization_id, kind, amount_micros, provider, next_check_at)
         SELECT 'top_second', organization_id, kind, amount_micros, provider, next_check_at FROM top_ups WHERE id = $1`,
        [first?.id],
      ),
    ).rejects.toThrow('top_ups_one_automatic_in_progress');
  });

  it('stop at their number per day', async () => {
    const id = await organization(1, { maxPerDay: 2, thresholdMicros: micros(1_000_000_000) });
    for (const _ of [1, 2]) await complete((await auto.trigger(id, 'stripe'))?.id ?? '');
    expect(await auto.trigger(id, 'stripe')).toBeNull();
    await db.sql(`UPDATE top_ups SET created_at = now() - interval '25 hours' WHERE organization_id = $1`, [id]);
    expect(await auto.trigger(id, 'stripe')).not.toBeNull();
  });

  it('wait longer after each failure, and start again after a success or with a new card', async () => {
    const id = await organization(1);
    const fail = async (): Promise<number> => {
      const topUp = await auto.trigger(id, 'stripe');
      await topUpStore(db.client).fail(topUp?.id ?? '', { reason: 'card_declined', paymentId: null });
      const state = await auto.find(id);
      expect(state).toMatchObject({ lastFailure: 'card_declined' });
      expect(await auto.trigger(id, 'stripe')).toBeNull();
      return Math.round(((state?.notBefore?.getTime() ?? 0) - Date.now()) / 60_000);
    };
    const waits: number[] = [];
    for (let failures = 0; failures < 6; failures += 1) {
      waits.push(await fail());
      await later(id);
    }
    expect(waits).toEqual([15, 60, 240, 960, 1440, 1440]);
    const customers = paymentCustomerStore(db.client);
    await fail();
    await customers.save(id, `cus_${id}`);
    expect(await customers.saveCard(`cus_${id}`, 'pm_new')).toBe(true);
    expect(await customers.saveCard('cus_unknown', 'pm_new')).toBe(false);
    expect(await auto.find(id)).toMatchObject({ failures: 0, notBefore: null, hasCard: true });
    await fail();
    await later(id);
    await complete((await auto.trigger(id, 'stripe'))?.id ?? '');
    expect(await auto.find(id)).toMatchObject({ failures: 0, lastFailure: null });
  });

  it('keep the first customer that is saved for an organization', async () => {
    const id = await db.organization(1);
    const customers = paymentCustomerStore(db.client);
    const saved = await Promise.all([customers.save(id, 'cus_a'), customers.save(id, 'cus_b')]);
    expect(new Set(saved.map(({ customerId }) => customerId)).size).toBe(1);
  });
});
