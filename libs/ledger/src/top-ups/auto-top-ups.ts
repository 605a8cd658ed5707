import { newKsuid } from '@lumenfall/contracts';
import { inTransaction, Prisma, type Client } from '@lumenfall/database';
import { micros, type Micros } from '@lumenfall/money';
import { z } from 'zod';
import { lockAccount, topUpOf, type TopUp, type TopUpProvider } from './top-up-row.js';

export interface AutoTopUpSettings {
  enabled: boolean;
  /** An available balance below this starts a top-up. */
  thresholdMicros: Micros;
  /** Whole cents. */
  amountMicros: Micros;
  /** Top-ups in any 24 hours, without those that failed; 1 to 100. */
  maxPerDay: number;
}

export interface AutoTopUp extends AutoTopUpSettings {
  /** Consecutive failures, with the reason of the last one. */
  failures: number;
  lastFailure: string | null;
  /** After a failure, no top-up starts before this time. */
  notBefore: Date | null;
  /** Whether a card is saved that can be charged. */
  hasCard: boolean;
}

export interface AutoTopUpStore {
  /** Null if it was never set. */
  find(organizationId: string): Promise<AutoTopUp | null>;
  /** Replaces the settings, and forgets earlier failures. Null for an unknown organization. */
  set(organizationId: string, settings: AutoTopUpSettings): Promise<AutoTopUp | null>;
  /** Organizations whose available balance is below their threshold and that may be topped up now. */
  findDue(limit: number): Promise<string[]>;
  /**
   * Starts a top-up if one is due. Of concurrent calls at most one starts it: they run one after the other under the
   * lock of the account, and one of an organization at a time is in progress. Null if none is due.
   */
  trigger(organizationId: string, provider: TopUpProvider): Promise<TopUp | null>;
}

/** The rule, over `auto_top_ups AS auto` and `accounts AS account`. */
const DUE = Prisma.sql`
  auto.enabled AND account.billing_type = 'prepaid'
  AND account.balance_micros - (
    SELECT COALESCE(SUM(amount_micros), 0) FROM holds
    WHERE organization_id = auto.organization_id AND state = 'held'
  ) < auto.threshold_micros
  AND (auto.not_before IS NULL OR auto.not_before <= clock_timestamp())
  AND NOT EXISTS (
    SELECT 1 FROM top_ups WHERE organization_id = auto.organization_id
      AND kind = 'auto_top_up' AND state IN ('requested', 'pending'))
  AND (
    SELECT COUNT(*) FROM top_ups WHERE organization_id = auto.organization_id AND kind = 'auto_top_up'
      AND state <> 'failed' AND created_at > clock_timestamp() - interval '24 hours'
  ) < auto.max_per_day`;

const idsSchema = z.array(z.object({ id: z.string() }));

export function autoTopUpStore(client: Client): AutoTopUpStore {
  async function find(organizationId: string): Promise<AutoTopUp | null> {
    const [row, customer] = await Promise.all([
      client.autoTopUp.findUnique({ where: { organizationId } }),
      client.paymentCustomer.findUnique({ where: { organizationId } }),
    ]);
    if (row === null) return null;
    return {
      enabled: row.enabled,
      thresholdMicros: micros(row.thresholdMicros),
      amountMicros: micros(row.amountMicros),
      maxPerDay: row.maxPerDay,
      failures: row.failures,
      lastFailure: row.lastFailure,
      notBefore: row.notBefore,
      hasCard: customer !== null && customer.paymentMethodId !== null,
    };
  }

  return {
    find,

    async set(organizationId, { enabled, thresholdMicros, amountMicros, maxPerDay }) {
      const data = {
        ...{ enabled, thresholdMicros: BigInt(thresholdMicros), amountMicros: BigInt(amountMicros), maxPerDay },
        ...{ failures: 0, lastFailure: null, notBefore: null, updatedAt: new Date() },
      };
      const known = await inTransaction(client, async (tx) => {
        if (!(await lockAccount(tx, organizationId))) return false;
        await tx.autoTopUp.upsert({ where: { organizationId }, create: { organizationId, ...data }, update: data });
        return true;
      });
      return known ? find(organizationId) : null;
    },

    async findDue(limit) {
      const rows = await client.$queryRaw<unknown[]>`
        SELECT auto.organization_id AS id FROM auto_top_ups AS auto
        JOIN accounts AS account USING (organization_id) WHERE ${DUE} LIMIT ${limit}`;
      return idsSchema.parse(rows).map(({ id }) => id);
    },

    trigger: (organizationId, provider) =>
      inTransaction(client, async (tx) => {
        if (!(await lockAccount(tx, organizationId))) return null;
        const rows = await tx.$queryRaw<unknown[]>`
          INSERT INTO top_ups (id, organization_id, kind, amount_micros, provider, next_check_at)
          SELECT ${`top_${newKsuid()}`}, auto.organization_id, 'auto_top_up', auto.amount_micros, ${provider},
            clock_timestamp() + interval '30 seconds'
          FROM auto_top_ups AS auto JOIN accounts AS account USING (organization_id)
          WHERE auto.organization_id = ${organizationId} AND ${DUE}
          ON CONFLICT (organization_id) WHERE kind = 'auto_top_up' AND state IN ('requested', 'pending') DO NOTHING
          RETURNING id`;
        const id = idsSchema.parse(rows)[0]?.id;
        return id === undefined ? null : topUpOf(await tx.topUp.findUniqueOrThrow({ where: { id } }));
      }),
  };
}
