import { newRequestId, type UsageRecord } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import fc from 'fast-check';
import { auditLedger, holdReviews, holdStore, ledgerStore, type PricedRecord } from './index.js';

const CREDIT = 10_000;
/** Reviews are due after a moment and expire at once. */
const TIMING = { reviewMs: 20, doubtMs: 0 };

/**
 * How a request ends. `settled`: recorded at no more than its hold; `overrun`: at more; `late`: after its hold has
 * expired; `unheld`: without a hold, as a chat of an account that is not low; `released`: refused by its provider;
 * `lost`: never recorded.
 */
const ends = ['settled', 'settled', 'settled', 'overrun', 'late', 'unheld', 'released', 'lost'] as const;

const spenderSchema = fc.record({
  end: fc.constantFrom(...ends),
  org: fc.nat(1),
  estimate: fc.integer({ min: 0, max: 4_000 }),
  /** Of the estimate, in percent. */
  used: fc.nat(100),
  /** How often the usage record is delivered beyond the first time, and whether with those of others. */
  redeliveries: fc.nat(2),
  batched: fc.boolean(),
});
type Spender = ReturnType<(typeof spenderSchema)['generate']>['value'];

const eventSchema = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('kill' as const), afterMs: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sweep' as const), afterMs: fc.nat(60) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('credit' as const),
      afterMs: fc.nat(60),
      org: fc.nat(1),
      amount: fc.integer({ min: 1, max: 3_000 }),
    }),
  },
);
type Event = ReturnType<(typeof eventSchema)['generate']>['value'];

describe('spenders of one account', () => {
  let db: MigratedDatabase<Client>;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
  });
  afterAll(() => db.close());

  /** Repeats an operation until it succeeds, as redelivery does: a killed connection may have committed or not. */
  async function delivered<T>(operation: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await operation();
      } catch (error) {
        if (attempt === 20) throw error;
      }
    }
  }

  const ledger = () => ledgerStore(db.client);
  const holds = () => holdStore(db.client, TIMING);

  /** Ends connections of the stores in the middle of whatever they do. */
  const kill = () =>
    db.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'lumenfall' ORDER BY random() LIMIT 2`);

  async function sweep(): Promise<void> {
    const reviews = holdReviews(db.client, TIMING);
    const due = await delivered(() => reviews.due(100));
    const ids = due.map(({ requestId }) => requestId);
    await delivered(() => reviews.doubt(ids));
    await delivered(() => reviews.expire(ids));
  }

  /** A completed chat whose provider reported its cost. */
  function recordOf(organizationId: string, requestId: string, cost: number): PricedRecord {
    const record: UsageRecord = aUsageRecord({ organizationId, requestId });
    record.charge = { price: null, quantities: [], reportedCostUsd: (cost / 1e6).toFixed(6), estimated: false };
    record.attempts = record.attempts.map((attempt) => ({
      ...attempt,
      costMicros: cost,
      costBasis: 'reported',
      chargedMicros: cost,
    }));
    return { record, costMicros: micros(cost), unpriced: false };
  }

  /** @returns what was charged, and how much of it no hold covered */
  async function spend(
    org: string,
    spender: Spender,
    earlier: PricedRecord[],
  ): Promise<[charged: number, beyond: number]> {
    const { end, estimate, used, redeliveries, batched } = spender;
    const requestId = newRequestId();
    const owner = { requestId, organizationId: org, modality: 'text' as const };
    const within = Math.floor((estimate * used) / 100);
    const cost = end === 'overrun' ? estimate + used : within;
    if (end !== 'unheld') {
      const [deadline, placeUntil] = [Date.now() + 60_000, Date.now() + 60_000];
      const request = { ...owner, amountMicros: estimate, deadline, placeUntil };
      const { outcome } = await delivered(() => holds().place(request));
      if (outcome !== 'held') return [0, 0];
    }
    if (end === 'lost') return [0, 0];
    if (end === 'released') {
      await delivered(() => holds().release([owner]));
      return [0, 0];
    }
    if (end === 'late') {
      await new Promise((resolve) => setTimeout(resolve, TIMING.reviewMs));
      await sweep();
    }
    const usage = recordOf(org, requestId, cost);
    const batch = batched ? [usage, ...earlier.slice(-5)] : [usage];
    earlier.push(usage);
    await Promise.all(
      [batch, ...Array<PricedRecord[]>(redeliveries).fill([usage])].map((each) =>
        delivered(() => ledger().apply(each)),
      ),
    );
    const state = (await db.sql('SELECT state FROM holds WHERE request_id = $1', [requestId]))[0]?.['state'];
    if (state === 'settled') return [cost, Math.max(0, cost - estimate)];
    return [cost, cost];
  }

  it('never pass the balance together, beyond what no hold covered; the audit passes after any crash', async () => {
    const property = fc.asyncProperty(
      fc.array(spenderSchema, { minLength: 8, maxLength: 24 }),
      fc.array(eventSchema, { maxLength: 12 }),
      async (spenders, events) => {
        const orgs = [await db.organization(CREDIT), await db.organization(CREDIT)] as const;
        const totals = orgs.map(() => ({ credit: CREDIT, charged: 0, beyond: 0 }));
        const totalOf = (index: number) => totals[index] ?? { credit: 0, charged: 0, beyond: 0 };
        const earlier: PricedRecord[] = [];
        const happen = async (event: Event): Promise<void> => {
          await new Promise((resolve) => setTimeout(resolve, event.afterMs));
          if (event.kind === 'kill') await kill();
          else if (event.kind === 'sweep') await sweep();
          else {
            const reference = newRequestId();
            const organizationId = orgs[event.org] ?? '';
            await delivered(() =>
              ledger().credit({
                organizationId,
                kind: 'top_up',
                amountMicros: micros(event.amount),
                reference,
                note: null,
              }),
            );
            totalOf(event.org).credit += event.amount;
          }
        };
        await Promise.all([
          ...events.map(happen),
          ...spenders.map(async (spender) => {
            const [charged, beyond] = await spend(orgs[spender.org] ?? '', spender, earlier);
            totalOf(spender.org).charged += charged;
            totalOf(spender.org).beyond += beyond;
          }),
        ]);
        for (const [index, org] of orgs.entries()) {
          const { credit, charged, beyond } = totalOf(index);
          expect(await db.books(org)).toEqual({ balance: credit - charged, entries: credit - charged });
          const [lowest] = await db.sql(
            'SELECT MIN(balance_after_micros)::int AS balance FROM ledger_entries WHERE organization_id = $1',
            [org],
          );
          expect(lowest?.['balance']).toBeGreaterThanOrEqual(-beyond);
          const { discrepancies } = await auditLedger(db.client, { organizationId: org, batchRows: 7 });
          expect(discrepancies).toEqual([]);
        }
      },
    );
    // fast-check prints the seed and the smallest failing run.
    await fc.assert(property, { numRuns: 5, endOnFailure: true });
  });
});
