import { newRequestId, NOTHING_CHARGED, type UsageRecord } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { priceUsage } from '@lumenfall/metering';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { auditLedger, holdStore, ledgerStore, type HoldStore, type LedgerStore, type PricedRecord } from './index.js';

const CREDIT = 100_000;

describe('the audit of the ledger', () => {
  let db: MigratedDatabase<Client>;
  let ledger: LedgerStore;
  let holds: HoldStore;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    ledger = ledgerStore(db.client);
    holds = holdStore(db.client);
  });
  afterAll(() => db.close());

  const priced = (record: UsageRecord): PricedRecord => {
    const { totalMicros, unpriced } = priceUsage(record.charge);
    return { record, costMicros: totalMicros, unpriced };
  };
  const place = (organizationId: string, requestId: string, untilMs: number) =>
    holds.place({
      ...{ requestId, organizationId, modality: 'text', amountMicros: 10 },
      ...{ deadline: Date.now() + untilMs, placeUntil: Date.now() + untilMs },
    });

  /** An organization with credit, charges of 2,000, refusals and holds. @returns its id and a charged request */
  async function anOrganization(): Promise<{ org: string; request: string }> {
    const org = await db.organization(CREDIT);
    const record = aUsageRecord({ organizationId: org });
    const { charge } = record;
    await place(org, record.requestId, 60_000);
    await ledger.apply([
      priced(record),
      priced(aUsageRecord({ organizationId: org, modality: 'video' })),
      // The customer pays 2,250.
      priced(aUsageRecord({ organizationId: org, charge: { ...charge, marginPercent: '12.5' } })),
      priced(
        aUsageRecord({
          organizationId: org,
          status: 'rejected',
          attempts: [],
          charge: NOTHING_CHARGED,
        }),
      ),
    ]);
    const credit = { organizationId: org, reference: newRequestId(), note: null } as const;
    await ledger.credit({ ...credit, kind: 'adjustment', amountMicros: micros(-50) });
    await ledger.apply([priced(aUsageRecord({ organizationId: org }))]);
    await place(org, newRequestId(), 60_000);
    return { org, request: record.requestId };
  }

  /** Runs statements as a superuser can: without the triggers that protect the ledger. */
  const plant = (statements: string) =>
    db.sql(`BEGIN; SET LOCAL session_replication_role = replica; ${statements}; COMMIT`);

  it('finds nothing in a ledger that is right, whatever the size of its batches', async () => {
    const { org } = await anOrganization();
    await anOrganization();
    const report = await auditLedger(db.client, { organizationId: org });
    expect(report).toMatchObject({
      checked: { organizations: 1, entries: 6, requests: 5, attempts: 4, holds: 1 },
      found: 0,
      discrepancies: [],
    });
    expect(Date.now() - report.at.getTime()).toBeLessThan(60_000);
    expect(await auditLedger(db.client, { organizationId: org, batchRows: 1 })).toEqual({
      ...report,
      at: expect.any(Date) as Date,
    });
    const all = await auditLedger(db.client, { batchRows: 2 });
    expect(all.checked.organizations).toBeGreaterThanOrEqual(2);
    expect(all.found).toBe(0);
  });

  // $org, $request, $id and $minute are replaced.
  it.each([
    ['the balance', 'UPDATE accounts SET balance_micros = balance_micros + 1 WHERE $org', ['balance']],
    [
      'a usage entry',
      'UPDATE ledger_entries SET amount_micros = amount_micros - 1 WHERE $request',
      ['chain', 'balance', 'spend', 'charge'],
    ],
    [
      'a credit',
      "UPDATE ledger_entries SET amount_micros = amount_micros + 1 WHERE $org AND kind = 'top_up'",
      ['chain', 'balance'],
    ],
    [
      'a resulting balance',
      "UPDATE ledger_entries SET balance_after_micros = balance_after_micros + 1 WHERE $org AND kind = 'adjustment'",
      ['chain', 'chain'],
    ],
    [
      'the spend of a minute',
      'UPDATE spend_minutes SET spent_micros = spent_micros + 1 WHERE $org AND minute = $minute',
      ['spend'],
    ],
    [
      'the cost of a request',
      'UPDATE requests SET cost_micros = cost_micros + 1 WHERE id = $id',
      ['charge', 'price', 'day'],
    ],
    [
      'the cost of a request and its charge at once',
      `
      UPDATE requests SET cost_micros = cost_micros + 1 WHERE id = $id;
      UPDATE ledger_entries SET amount_micros = amount_micros - 1 WHERE $request;
      UPDATE ledger_entries SET balance_after_micros = balance_after_micros - 1 WHERE $org
        AND id >= (SELECT id FROM ledger_entries WHERE $request);
      UPDATE accounts SET balance_micros = balance_micros - 1 WHERE $org;
      UPDATE spend_minutes SET spent_micros = spent_micros + 1 WHERE $org AND minute = $minute;
      UPDATE usage_days SET cost_micros = cost_micros + 1 WHERE $org AND status = 'completed' AND modality = 'text'`,
      ['price'],
    ],
    [
      'a quantity of a charge',
      `UPDATE requests SET charge = jsonb_set(charge, '{quantities,0,quantity}', '1001') WHERE id = $id`,
      ['price', 'cost-lines'],
    ],
    [
      'the price of a charge',
      `UPDATE requests SET charge = jsonb_set(charge, '{price,lines,0,unitPrice}', '"0.000001001"') WHERE id = $id`,
      ['price', 'cost-lines'],
    ],
    [
      'the cost of an attempt',
      'UPDATE attempts SET cost_micros = cost_micros + 1 WHERE request_id = $id',
      ['cost-lines', 'cost-lines'],
    ],
    [
      'the costs of a request at the providers',
      'UPDATE requests SET provider_cost_micros = provider_cost_micros - 1 WHERE id = $id',
      ['cost-lines'],
    ],
    [
      'the usage of a day',
      "UPDATE usage_days SET cost_micros = cost_micros + 1 WHERE $org AND modality = 'video'",
      ['day'],
    ],
  ])('finds an error of one micro in %s', async (_place, statements, checks) => {
    const { org, request } = await anOrganization();
    await plant(
      statements
        .replaceAll('$minute', `(SELECT date_trunc('minute', created_at) FROM ledger_entries WHERE $request)`)
        .replaceAll('$org', `organization_id = '${org}'`)
        .replaceAll('$request', `request_id = '${request}'`)
        .replaceAll('$id', `'${request}'`),
    );
    const { found, discrepancies } = await auditLedger(db.client, { organizationId: org });
    expect(discrepancies.map(({ check }) => check)).toEqual(checks);
    expect(found).toBe(checks.length);
    for (const { organizationId, expectedMicros, foundMicros } of discrepancies) {
      expect(organizationId).toBe(org);
      expect(Math.abs((foundMicros ?? 0) - (expectedMicros ?? 0))).toBe(1);
    }
    const first = await auditLedger(db.client, { organizationId: org, maxDiscrepancies: 1 });
    expect(first).toMatchObject({ found, discrepancies: discrepancies.slice(0, 1) });
  });

  it('finds a request that was charged without a record, and one that was not charged', async () => {
    const { org, request } = await anOrganization();
    await plant(`DELETE FROM requests WHERE id = '${request}'`);
    const orphan = await auditLedger(db.client, { organizationId: org });
    expect(orphan.discrepancies).toMatchObject([
      { check: 'orphan', requestId: request, foundMicros: 2_000 },
      { check: 'day', foundMicros: 8_250, expectedMicros: 6_250 },
    ]);
    expect(orphan.discrepancies[0]?.message).toContain(`charges 2000 for the request ${request}, which does not exist`);

    const other = await anOrganization();
    await plant(`DELETE FROM ledger_entries WHERE request_id = '${other.request}'`);
    const uncharged = await auditLedger(db.client, { organizationId: other.org });
    expect(uncharged.discrepancies).toContainEqual({
      check: 'charge',
      organizationId: other.org,
      requestId: other.request,
      entryId: null,
      expectedMicros: 2_000,
      foundMicros: 0,
      message: `The request ${other.request} costs 2000, but was charged 0`,
    });
  });

  it.each([
    ['its request has been recorded', "UPDATE holds SET state = 'held', ended_at = NULL WHERE request_id = $id"],
    [
      'its review is overdue',
      "UPDATE holds SET expires_at = now() - interval '2 minutes' WHERE $org AND state = 'held'",
    ],
    [
      'its video has ended',
      `
      INSERT INTO videos (request_id, organization_id, key_id, state, request_context, plan, attempts, next_action_at,
        deadline, media_retention, estimate_micros, created_at, completed_at, body_hash)
      SELECT request_id, organization_id, 'key', 'failed', '{}', '{}', '[]', now(), now(), 'none', 0, now(),
        now() - interval '2 minutes', '' FROM holds WHERE $org AND state = 'held'`,
    ],
    [
      'its image request has ended',
      `
      INSERT INTO image_runs (request_id, organization_id, key_id, body_hash, deadline, state)
      SELECT request_id, organization_id, 'key', '', now() - interval '2 minutes', 'failed' FROM holds
      WHERE $org AND state = 'held'`,
    ],
  ])('finds a hold that is active although %s', async (why, statements) => {
    const { org, request } = await anOrganization();
    await plant(statements.replaceAll('$org', `organization_id = '${org}'`).replaceAll('$id', `'${request}'`));
    const { discrepancies } = await auditLedger(db.client, { organizationId: org });
    expect(discrepancies).toMatchObject([{ check: 'hold', expectedMicros: 0, foundMicros: 10 }]);
    expect(discrepancies[0]?.message).toMatch(new RegExp(`^The hold of 10 for .* is still active, but ${why}$`));
    const patient = await auditLedger(db.client, { organizationId: org, holdGraceMs: 3_600_000 });
    expect(patient.found).toBe(why.includes('recorded') ? 1 : 0);
  });

  it('checks one snapshot while requests are recorded', async () => {
    const org = await db.organization(CREDIT);
    let isDone = false;
    const writing = (async () => {
      while (!isDone) {
        await ledger.apply([1, 2, 3].map(() => priced(aUsageRecord({ organizationId: org }))));
        await place(org, newRequestId(), 60_000);
      }
    })();
    const reports = [];
    for (let turn = 0; turn < 5; turn += 1)
      reports.push(await auditLedger(db.client, { organizationId: org, batchRows: 2 }));
    isDone = true;
    await writing;
    expect(reports.flatMap(({ discrepancies }) => discrepancies)).toEqual([]);
    expect(reports.at(-1)?.checked.entries).toBeGreaterThan(reports[0]?.checked.entries ?? 0);
  });
});
