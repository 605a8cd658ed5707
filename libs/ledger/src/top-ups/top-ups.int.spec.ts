import { newKsuid } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { ledgerStore, topUpStore, type TopUpProvider, type TopUpStore } from '../index.js';

describe('a top-up', () => {
  let db: MigratedDatabase<Client>;
  let topUps: TopUpStore;
  let organizationId: string;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    topUps = topUpStore(db.client);
  });
  beforeEach(async () => {
    organizationId = await db.organization(1_000_000);
  });
  afterAll(() => db.close());

  const request = async (provider: TopUpProvider = 'stripe', amount = 25_000_000): Promise<string> => {
    const id = `top_${newKsuid()}`;
    await topUps.create({ id, organizationId, amountMicros: micros(amount), provider });
    return id;
  };
  const paid = (paymentId: string, amount = 25_000_000) => ({ paymentId, receivedMicros: micros(amount) });
  const refunded = (paymentId: string, total: number, reference: string | null = null) => ({
    ...paid(paymentId),
    reference,
    refundedMicros: micros(total),
  });
  const balance = async (): Promise<number> => {
    const { balance: cached, entries } = await db.books(organizationId);
    expect(cached).toBe(entries);
    return cached;
  };
  const kinds = async (): Promise<unknown[]> =>
    (await db.sql('SELECT kind FROM ledger_entries WHERE organization_id = $1 ORDER BY id', [organizationId])).map(
      ({ kind }) => kind,
    );

  it('is created once per id, and only for a known organization', async () => {
    const id = await request();
    const again = await topUps.create({ id, organizationId, amountMicros: micros(10_000_000), provider: 'manual' });
    expect(again).toMatchObject({ id, amountMicros: 25_000_000, provider: 'stripe', state: 'requested' });
    const other = {
      id: 'top_x',
      organizationId: 'org_nobody',
      amountMicros: micros(10_000),
      provider: 'stripe' as const,
    };
    expect(await topUps.create(other)).toBe('unknown-organization');
  });

  it('is refused while 20 others have not ended', async () => {
    for (let made = 0; made < 20; made += 1) await request();
    const next = { id: 'top_21', organizationId, amountMicros: micros(10_000), provider: 'stripe' as const };
    expect(await topUps.create(next)).toBe('too-many');
  });

  it('is credited once, though its payment is reported ten times at once', async () => {
    const id = await request();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => topUps.succeed(id, paid(`pi_${id}`))));
    expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'repeated')).toHaveLength(9);
    expect(await balance()).toBe(26_000_000);
    expect(await topUps.find(id)).toMatchObject({ state: 'succeeded', paymentId: `pi_${id}`, failureReason: null });
  });

  it('does not fail after it has succeeded, by the store or by any other statement', async () => {
    const id = await request();
    await topUps.succeed(id, paid(`pi_${id}`));
    expect(await topUps.fail(id, { reason: 'card_declined', paymentId: null })).toBe('repeated');
    expect(await topUps.pend(id, { paymentId: 'pi_other' })).toBe(false);
    await expect(db.sql(`UPDATE top_ups SET state = 'pending' WHERE id = $1`, [id])).rejects.toThrow('has succeeded');
    expect(await topUps.find(id)).toMatchObject({ state: 'succeeded', paymentId: `pi_${id}` });
  });

  it('succeeds after it has failed if its payment arrives late', async () => {
    const id = await request();
    await topUps.pend(id, { checkout: { id: 'cs_1', url: 'https://pay.example' } });
    expect(await topUps.fail(id, { reason: 'checkout_expired', paymentId: null })).toBe('changed');
    expect(await topUps.find(id)).toMatchObject({ state: 'failed', failureReason: 'checkout_expired' });
    expect(await topUps.succeed(id, paid(`pi_${id}`))).toBe('changed');
    expect(await topUps.find(id)).toMatchObject({ state: 'succeeded', failureReason: null });
    expect(await balance()).toBe(26_000_000);
  });

  it('credits nothing if its row cannot be written: both are one transaction', async () => {
    const [first, second] = [await request(), await request()];
    await topUps.succeed(first, paid('pi_shared'));
    // The second row cannot have the same payment.
    await topUps.succeed(second, paid('pi_shared')).catch(() => undefined);
    expect(await balance()).toBe(26_000_000);
    expect(await topUps.find(second)).toMatchObject({ state: 'requested' });
  });

  it('is not credited if the ledger has another amount for its payment', async () => {
    const id = await request();
    await ledgerStore(db.client).credit({
      ...{ organizationId, kind: 'adjustment', amountMicros: micros(5), reference: `pi_${id}`, note: null },
    });
    expect(await topUps.succeed(id, paid(`pi_${id}`))).toBe('conflict');
    expect(await balance()).toBe(1_000_005);
  });

  it('is refunded by the total that was given back, in any order and repeatedly', async () => {
    const id = await request();
    await topUps.succeed(id, paid(`pi_${id}`));
    expect(await topUps.refund(refunded(`pi_${id}`, 10_000_000))).toBe('changed');
    expect(await topUps.refund(refunded(`pi_${id}`, 10_000_000))).toBe('repeated');
    expect(await topUps.refund(refunded(`pi_${id}`, 25_000_000))).toBe('changed');
    expect(await topUps.refund(refunded(`pi_${id}`, 10_000_000))).toBe('repeated');
    expect(await balance()).toBe(1_000_000);
    expect(await kinds()).toEqual(['top_up', 'top_up', 'refund', 'refund']);
    expect(await topUps.find(id)).toMatchObject({ state: 'succeeded', refundedMicros: 25_000_000 });
  });

  it('is credited and refunded if the refund is reported before the payment', async () => {
    const id = await request();
    const reports = Array.from({ length: 5 }, () => topUps.refund(refunded(`pi_${id}`, 25_000_000, id)));
    expect((await Promise.all(reports)).filter((outcome) => outcome === 'changed')).toHaveLength(1);
    expect(await topUps.succeed(id, paid(`pi_${id}`))).toBe('repeated');
    expect(await balance()).toBe(1_000_000);
    expect(await kinds()).toEqual(['top_up', 'top_up', 'refund']);
  });

  it('that is unknown gets neither a payment nor a refund', async () => {
    expect(await topUps.succeed('top_unknown', paid('pi_1'))).toBe('unknown');
    expect(await topUps.refund(refunded('pi_unknown', 5, null))).toBe('unknown');
    expect(await topUps.refund(refunded('pi_unknown', 5, 'top_unknown'))).toBe('unknown');
  });

  it('of the provider manual is fulfilled once, or refused', async () => {
    const id = await request('manual');
    const done = await Promise.all([topUps.fulfil(id), topUps.fulfil(id)]);
    expect(done).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
    expect(await topUps.refuse(id, 'no payment')).toMatchObject({ state: 'succeeded' });
    const other = await request('manual');
    expect(await topUps.refuse(other, 'no payment')).toMatchObject({ state: 'failed', failureReason: 'no payment' });
    expect(await balance()).toBe(26_000_000);
    expect(await topUps.fulfil(await request('stripe'))).toBeNull();
  });

  it('is listed newest first, page by page, for its own organization only', async () => {
    const ids: string[] = [];
    for (let made = 0; made < 3; made += 1) ids.unshift(await request());
    const first = await topUps.page(organizationId, { limit: 2 });
    expect([first.rows.map(({ id }) => id), first.hasOlder]).toEqual([ids.slice(0, 2), true]);
    const second = await topUps.page(organizationId, { limit: 2, startingAfter: ids[1] });
    expect([second.rows.map(({ id }) => id), second.hasOlder, second.hasNewer]).toEqual([ids.slice(2), false, true]);
    const back = await topUps.page(organizationId, { limit: 2, endingBefore: ids[2] });
    expect(back.rows.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect((await topUps.page('org_other', { limit: 2, startingAfter: ids[1] })).rows).toEqual([]);
  });

  it('that has not ended is taken by one sweep at a time, and later again', async () => {
    await db.sql(`UPDATE top_ups SET next_check_at = now() + interval '1 day'`);
    const id = await request();
    expect(await topUps.claimUnfinished('stripe', 10)).toEqual([]);
    await db.sql(`UPDATE top_ups SET next_check_at = now() WHERE id = $1`, [id]);
    const taken = await Promise.all([topUps.claimUnfinished('stripe', 10), topUps.claimUnfinished('stripe', 10)]);
    expect(taken.flat().map((topUp) => topUp.id)).toEqual([id]);
    const [row] = await db.sql('SELECT next_check_at > now() AS later FROM top_ups WHERE id = $1', [id]);
    expect(row).toEqual({ later: true });
  });
});
