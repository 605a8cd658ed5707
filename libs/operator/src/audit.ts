import { apiError, fail, succeed } from '@lumenfall/contracts';
import { auditLedger, type AuditCounts, type Check } from '@lumenfall/ledger';
import { z } from 'zod';
import { organizationField } from './fields.js';
import { lookUp } from './operation.js';

/** What an audit checked and found; amounts are micros, because a discrepancy may be a single one. */
export interface AuditView {
  object: 'audit';
  /** The moment of the snapshot that was checked. */
  at: string;
  checked: AuditCounts;
  /** The number of all discrepancies; 0: the ledger is proven. */
  found: number;
  /** The first of them. */
  discrepancies: {
    check: Check;
    organization_id: string;
    request_id: string | null;
    entry_id: string | null;
    expected_micros: number | null;
    found_micros: number | null;
    message: string;
  }[];
}

const DEFAULT_SECONDS = 6 * 3_600;

/** Proves that the ledger is right, of one organization or of all. `TIMEOUT` if that takes too long. */
export const audit = lookUp({
  input: z.strictObject({
    organization: organizationField.optional(),
    /** The longest time for the audit. */
    seconds: z.coerce.number().int().min(1).max(86_400).default(DEFAULT_SECONDS),
  }),
  async run(client, { seconds }, organization) {
    try {
      const only = organization && { organizationId: organization.id };
      const report = await auditLedger(client, { ...only, timeoutMs: seconds * 1_000 });
      return succeed<AuditView>({
        object: 'audit',
        at: report.at.toISOString(),
        checked: report.checked,
        found: report.found,
        discrepancies: report.discrepancies.map((found) => ({
          check: found.check,
          organization_id: found.organizationId,
          request_id: found.requestId,
          entry_id: found.entryId,
          expected_micros: found.expectedMicros,
          found_micros: found.foundMicros,
          message: found.message,
        })),
      });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      const instead = 'Audit one organization, or use the command line, which has no such limit: lumenfall audit';
      return fail(apiError('TIMEOUT', `The audit took longer than ${seconds} s. ${instead}`));
    }
  },
});

/** Prisma's code for a transaction that took longer than it may. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'P2028';
