import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { holdStore, ledgerStore } from './index.js';
import { newRequestId, type HoldRequest } from '@lumenfall/contracts';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import fc from 'fast-check';

const hold = (organizationId: string, amountMicros: number, changes: Partial<HoldRequest> = {}): HoldRequest => ({
  requestId: newRequestId(),
  organizationId,
  amountMicros,
  expiresAt: Date.now() + 60_000,
  ...changes,
});

const storesOf = (client: Client) => ({
  holds: holdStore(client),
  ledger: ledgerStore(client),
});

describe('holds', () => {
  let db: MigratedDatabase<Client>;
  let stores: ReturnType<typeof storesOf>;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    stores = storesOf(db.client);
  });
  afterAll(() => db.close());

  const stateOf = async (requestId: string): Promise<unknown> =>
    (await db.sql('SELECT state FROM holds WHERE request_id = $1', [requestId]))[0]?.['state'];
  const settle = (organizationId: string, requestId: string, cost: number): Promise<Set<string>> =>
    stores.ledger.apply([
      { record: aUsageRecord({ organizationId, requestId }), costMicros: micros(cost), unpriced: false },
    ]);

  it('never exceed the balance together if many are placed at once', async () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 2, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(amounts, async (wanted) => {
        const organizationId = await db.organization(1_000);
        const outcomes = await Promise.all(wanted.map((amount) => stores.holds.place(hold(organizationId, amount))));
        const held = wanted.reduce((sum, amount, at) => sum + (outcomes[at]?.outcome === 'held' ? amount : 0), 0);
        expect(held).toBeLessThanOrEqual(1_000);
        expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: held });
        // No hold was refused that the remaining balance would cover.
        for (const [at, outcome] of outcomes.entries()) {
          if (outcome.outcome === 'refused') expect(wanted[at]).toBeGreaterThan(1_000 - held);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are refused with both amounts', async () => {
    const organizationId = await db.organization(1_000);
    await stores.holds.place(hold(organizationId, 700));
    expect(await stores.holds.place(hold(organizationId, 301))).toEqual({
      outcome: 'refused',
      requiredMicros: 301,
      availableMicros: 300,
    });
    expect(await stores.holds.place(hold('org_nobody', 1))).toEqual({ outcome: 'unknown-organization' });
  });

  it('may use the credit limit of a postpaid account', async () => {
    const organizationId = await db.organization(100, { limitMicros: 50 });
    expect(await stores.holds.place(hold(organizationId, 150))).toEqual({ outcome: 'held' });
    expect(await stores.holds.place(hold(organizationId, 1))).toMatchObject({
      outcome: 'refused',
      availableMicros: 0,
    });
  });

  it('are placed once per request, also by concurrent calls', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 600);
    const outcomes = await Promise.all([request, request, request].map((same) => stores.holds.place(same)));
    expect(outcomes).toEqual([{ outcome: 'held' }, { outcome: 'held' }, { outcome: 'held' }]);
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 600 });
  });

  it('are released once', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 1_000);
    await stores.holds.place(request);
    const released = await Promise.all([1, 2, 3].map(() => stores.holds.release(request.requestId)));
    expect(released.filter(Boolean)).toHaveLength(1);
    expect(await stores.holds.release(newRequestId())).toBe(false);
    expect(await stores.holds.place(hold(organizationId, 1_000))).toEqual({ outcome: 'held' });
  });

  it('free their amount when they expire, and their request is still charged exactly once', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 1_000);
    await stores.holds.place(request);
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 1_000 });
    await db.sql(`UPDATE holds SET expires_at = now() - interval '1 second' WHERE request_id = $1`, [
      request.requestId,
    ]);
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 0 });
    expect(await stores.holds.expire(100)).toBeGreaterThan(0);
    expect(await stateOf(request.requestId)).toBe('expired');
    await Promise.all([1, 2, 3].map(() => settle(organizationId, request.requestId, 900)));
    expect(await stateOf(request.requestId)).toBe('settled');
    expect(await db.books(organizationId)).toEqual({ balance: 100, entries: 100 });
  });

  it('are settled when the usage of their request is recorded', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 800);
    await stores.holds.place(request);
    await settle(organizationId, request.requestId, 750);
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 0, balanceMicros: 250 });
    expect(await stores.holds.release(request.requestId)).toBe(false);
  });

  it('reserve nothing if their request is recorded already', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 800);
    await settle(organizationId, request.requestId, 0);
    expect(await stores.holds.place(request)).toEqual({ outcome: 'held' });
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 0 });
  });
});
