import type { Client } from '@lumenfall/database';
import { z } from 'zod';
import { auditEntries } from './audit/audit-entries.js';
import { auditHolds } from './audit/audit-holds.js';
import { auditRequests } from './audit/audit-requests.js';
import { Findings, type AuditCounts, type AuditScope, type Discrepancy } from './audit/findings.js';

export interface AuditOptions {
  /** Only this organization; otherwise all. */
  organizationId?: string;
  /** The discrepancies that are returned; the others are only counted. */
  maxDiscrepancies?: number;
  /** Rows per query: what is in memory at once. */
  batchRows?: number;
  /** How long a hold may outlive its request or its expiry: the time that the usage record and the sweep need. */
  holdGraceMs?: number;
  /** The longest time for the whole audit. */
  timeoutMs?: number;
}

export interface AuditReport {
  /** The moment of the snapshot that was checked. */
  at: Date;
  checked: AuditCounts;
  /** The number of all discrepancies; 0: the ledger is proven. */
  found: number;
  /** The first of them, by organization; in it by entry, minute of spend, request and hold. */
  discrepancies: Discrepancy[];
}

const DEFAULTS = { maxDiscrepancies: 100, batchRows: 1_000, holdGraceMs: 60_000, timeoutMs: 6 * 3_600_000 };

const startSchema = z.tuple([z.object({ at: z.date() })]);
const accountsSchema = z.array(z.object({ id: z.string(), balance: z.bigint().nullable() }));

/**
 * Proves that the ledger is right. Per organization: the balance is the sum of the entries; each entry continues the
 * chain of balances; the spend of the last hour agrees with the entries; each recorded request was charged once, for
 * exactly the price of its stored charge; its cost lines add up; each usage entry has its request; no hold outlives
 * its request.
 *
 * It reads one snapshot of the database (REPEATABLE READ, READ ONLY) in batches, takes no lock, and changes nothing.
 */
export async function auditLedger(client: Client, options: AuditOptions = {}): Promise<AuditReport> {
  const { organizationId, maxDiscrepancies, batchRows, holdGraceMs, timeoutMs } = { ...DEFAULTS, ...options };
  return client.$transaction(
    async (tx) => {
      await tx.$executeRaw`SET TRANSACTION READ ONLY`;
      const [{ at }] = startSchema.parse(await tx.$queryRaw<unknown[]>`SELECT now() AS at`);
      const findings = new Findings(maxDiscrepancies);
      const scope: AuditScope = { tx, findings, at, batchRows, holdGraceMs };
      for (let after: string | null = ''; after !== null;) {
        const accounts = accountsSchema.parse(
          await tx.$queryRaw<unknown[]>`
            SELECT organizations.id, balance_micros AS balance
            FROM organizations LEFT JOIN accounts ON organization_id = organizations.id
            WHERE organizations.id > ${after} AND (${organizationId ?? null}::text IS NULL OR organizations.id = ${organizationId ?? null})
            ORDER BY organizations.id LIMIT ${batchRows}`,
        );
        for (const account of accounts) {
          findings.checked.organizations += 1;
          await auditEntries(scope, account);
          await auditRequests(scope, account.id);
          await auditHolds(scope, account.id);
        }
        after = accounts.length < batchRows ? null : (accounts.at(-1)?.id ?? null);
      }
      return { at, checked: findings.checked, found: findings.found, discrepancies: findings.kept };
    },
    { isolationLevel: 'RepeatableRead', timeout: timeoutMs, maxWait: 10_000 },
  );
}
