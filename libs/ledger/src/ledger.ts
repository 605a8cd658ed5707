import type { Client } from '@lumenfall/database';
import { micros, type Micros } from '@lumenfall/money';
import { z } from 'zod';
import { applyUsage, type PricedRecord } from './apply-usage.js';
import { addCredit, type Credit, type CreditOutcome } from './credit.js';

/** The figures that decide what an account can spend, read in one statement. */
export interface AccountFigures {
  billingType: 'prepaid' | 'postpaid';
  balanceMicros: Micros;
  creditLimitMicros: Micros;
  /** Sum of the active holds. */
  heldMicros: Micros;
  /** Charges of the last hour, to the minute. */
  lastHourMicros: Micros;
}

export interface LedgerStore {
  /**
   * Applies records, each exactly once and all in one transaction: history row, attempts, price version, charge,
   * balance and hold. A record that was applied before changes nothing. If the database refuses one record, none is
   * applied.
   *
   * @returns the ids of the requests that this call recorded
   */
  apply(usages: readonly PricedRecord[]): Promise<Set<string>>;
  /** Null for an unknown organization. */
  figures(organizationId: string): Promise<AccountFigures | null>;
  /** Adds an entry that is not a request's cost, once per organization and reference. */
  credit(credit: Credit): Promise<CreditOutcome>;
  /** Deletes the spend of minutes before `olderThan`, which no balance counts any more. @returns the number of rows */
  forgetSpend(olderThan: Date): Promise<number>;
}

export interface LedgerOptions {
  onSettled?: (holds: number) => void;
}

const figuresSchema = z.tuple([
  z.object({
    billing_type: z.enum(['prepaid', 'postpaid']),
    balance: z.bigint(),
    credit_limit: z.bigint(),
    held: z.bigint(),
    last_hour: z.bigint(),
  }),
]);

/** @param onSettled called with the number of holds that a batch of records settled */
export function ledgerStore(client: Client, { onSettled = () => undefined }: LedgerOptions = {}): LedgerStore {
  return {
    apply: (usages) => applyUsage(client, usages, onSettled),

    async figures(organizationId) {
      const rows = await client.$queryRaw<unknown[]>`
        SELECT billing_type, balance_micros AS balance, credit_limit_micros AS credit_limit,
          (SELECT COALESCE(SUM(amount_micros), 0)::bigint FROM holds
            WHERE organization_id = accounts.organization_id AND state = 'held') AS held,
          (SELECT COALESCE(SUM(spent_micros), 0)::bigint FROM spend_minutes
            WHERE organization_id = accounts.organization_id AND minute > now() - interval '1 hour') AS last_hour
        FROM accounts WHERE organization_id = ${organizationId}`;
      if (rows.length === 0) return null;
      const [row] = figuresSchema.parse(rows);
      return {
        billingType: row.billing_type,
        balanceMicros: micros(row.balance),
        creditLimitMicros: micros(row.credit_limit),
        heldMicros: micros(row.held),
        lastHourMicros: micros(row.last_hour),
      };
    },

    credit: (credit) => addCredit(client, credit),

    async forgetSpend(olderThan) {
      const { count } = await client.spendMinute.deleteMany({ where: { minute: { lt: olderThan } } });
      return count;
    },
  };
}
