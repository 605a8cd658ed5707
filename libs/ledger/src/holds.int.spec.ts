import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { holdStore, ledgerStore } from './index.js';
import { newRequestId, type HoldRequest } from '@lumenfall/contracts';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import fc from 'fast-check';

const hold = (organizationId: string, amountMicros: number, changes: Partial<HoldRequest> = {}): HoldRequest => ({
  requestId: newRequestId(),
  organizationId,
  modality: 'image',
  amountMicros,
  deadline: Date.now() + 60_000,
  placeUntil: Date.now() + 60_000,
  ...changes,
});
const HELD = { outcome: 'held', at: expect.any(Number), keptForMs: 21_000 };

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
    expect(await stores.holds.place(hold(organizationId, 150))).toEqual(HELD);
    expect(await stores.holds.place(hold(organizationId, 1))).toMatchObject({
      outcome: 'refused',
      availableMicros: 0,
    });
  });

  it('are placed once per request, also by concurrent calls', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 600);
    const outcomes = await Promise.all([request, request, request].map((same) => stores.holds.place(same)));
    expect(outcomes).toEqual([HELD, HELD, HELD]);
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 600 });
  });

  it('are released once', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 1_000);
    await stores.holds.place(request);
    const outcomes = await Promise.all([1, 2, 3].map(() => stores.holds.release([request])));
    expect(outcomes.map(({ released }) => released).sort()).toEqual([0, 0, 1]);
    expect(await stateOf(request.requestId)).toBe('released');
    expect(await stores.holds.place(hold(organizationId, 1_000))).toEqual(HELD);
  });

  it('are released together with others, each once, and only for their own organization', async () => {
    const [one, other] = [await db.organization(1_000), await db.organization(1_000)];
    const held = [hold(one, 100), hold(one, 200), hold(other, 300)];
    await Promise.all(held.map((request) => stores.holds.place(request)));
    const strange = { ...hold(other, 0), requestId: held[0]?.requestId ?? '' };
    expect(await stores.holds.release([strange])).toEqual({ released: 0, tombstones: 0 });
    expect(await stores.holds.release([...held, ...held])).toEqual({ released: 3, tombstones: 0 });
  });

  it('are not placed after the time until which they may be placed, by the clock of the database', async () => {
    const organizationId = await db.organization(1_000);
    const late = hold(organizationId, 1_000, { placeUntil: Date.now() - 1 });
    expect(await stores.holds.place(late)).toEqual({ outcome: 'late', at: expect.any(Number) });
    expect(await stateOf(late.requestId)).toBeUndefined();
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 0 });
  });

  it('are not placed if their time passes while they wait for the lock of the account', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 1_000, { placeUntil: Date.now() + 150 });
    const placed = await db.client.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM accounts WHERE organization_id = ${organizationId} FOR NO KEY UPDATE`;
      const waiting = stores.holds.place(request);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { waiting };
    });
    expect(await placed.waiting).toMatchObject({ outcome: 'late' });
  });

  it('that are released before they are placed are never placed: the release leaves a tombstone', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 1_000);
    expect(await stores.holds.release([request])).toEqual({ released: 0, tombstones: 1 });
    expect(await stores.holds.release([request])).toEqual({ released: 0, tombstones: 0 });
    expect(await stores.holds.place(request)).toEqual({ outcome: 'ended', at: expect.any(Number) });
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 0, balanceMicros: 1_000 });
  });

  it('never outlive a release, in whichever order the two are committed', async () => {
    const organizationId = await db.organization(1_000_000);
    const requests = Array.from({ length: 40 }, () => hold(organizationId, 1_000));
    await Promise.all(
      requests.map((request, at) =>
        at % 2 === 0
          ? Promise.all([stores.holds.place(request), stores.holds.release([request])])
          : Promise.all([stores.holds.release([request]), stores.holds.place(request)]),
      ),
    );
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 0 });
  });

  it('leave no tombstone for an organization that does not exist', async () => {
    expect(await stores.holds.release([hold('org_nobody', 1)])).toEqual({ released: 0, tombstones: 0 });
  });

  it('are settled when the usage of their request is recorded', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 800);
    await stores.holds.place(request);
    await settle(organizationId, request.requestId, 750);
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 0, balanceMicros: 250 });
    expect(await stores.holds.release([request])).toEqual({ released: 0, tombstones: 0 });
    expect(await stateOf(request.requestId)).toBe('settled');
    expect(await stores.holds.place(request)).toMatchObject({ outcome: 'ended' });
  });

  it('reserve nothing if their request is recorded already', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 800);
    await settle(organizationId, request.requestId, 0);
    expect(await stores.holds.place(request)).toMatchObject({ outcome: 'ended' });
    expect(await stores.ledger.figures(organizationId)).toMatchObject({ heldMicros: 0 });
  });

  it('end once and keep owner and amount, whatever code changes them', async () => {
    const organizationId = await db.organization(1_000);
    const request = hold(organizationId, 800);
    await stores.holds.place(request);
    const change = (assignment: string) =>
      db.sql(`UPDATE holds SET ${assignment} WHERE request_id = $1`, [request.requestId]);
    await expect(change('amount_micros = 1')).rejects.toThrow('never change');
    await stores.holds.release([request]);
    await expect(change(`state = 'held'`)).rejects.toThrow('a hold ends once');
    await expect(change(`state = 'settled'`)).rejects.toThrow('a hold ends once');
    const [row] = await db.sql('SELECT ended_at FROM holds WHERE request_id = $1', [request.requestId]);
    expect(row?.['ended_at']).toBeInstanceOf(Date);
  });
});
