import type { HoldRequest } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { micros, type Micros } from '@lumenfall/money';
import { z } from 'zod';

export type HoldOutcome =
  | { outcome: 'held' }
  | { outcome: 'refused'; requiredMicros: Micros; availableMicros: Micros }
  | { outcome: 'unknown-organization' };

export interface HoldStore {
  /**
   * Sets an amount aside, if the account can bear it. Holds of one account are placed one after the other, so all of them
   * together never exceed what it has. Repeated for the same request, nothing happens again.
   */
  place(request: HoldRequest): Promise<HoldOutcome>;
  /** Frees an active hold. False where there is none (any more): repeat it as you like. */
  release(requestId: string): Promise<boolean>;
  /** Marks holds past their time as expired, at most `limit`. (They stopped counting at that time already.) */
  expire(limit: number): Promise<number>;
}

const accountSchema = z.tuple([z.object({ spendable: z.bigint() })]);
const placedSchema = z.tuple([z.object({ held: z.bigint(), known: z.boolean(), placed: z.boolean() })]);

export function holdStore(client: Client): HoldStore {
  return {
    place: ({ requestId, organizationId, amountMicros, expiresAt }) =>
      client.$transaction(async (tx): Promise<HoldOutcome> => {
        const locked = await tx.$queryRaw<unknown[]>`
          SELECT balance_micros + CASE billing_type WHEN 'postpaid' THEN credit_limit_micros ELSE 0 END AS spendable
          FROM accounts WHERE organization_id = ${organizationId} FOR NO KEY UPDATE`;
        if (locked.length === 0) return { outcome: 'unknown-organization' };
        const [{ spendable }] = accountSchema.parse(locked);
        // A request that was recorded already needs no hold: one that arrived this late would never be settled.
        const [{ held, known, placed }] = placedSchema.parse(
          await tx.$queryRaw<unknown[]>`
            WITH active AS (
              SELECT COALESCE(SUM(amount_micros), 0)::bigint AS held FROM holds
              WHERE organization_id = ${organizationId} AND state = 'held' AND expires_at > clock_timestamp()
            ),
            known AS (
              SELECT EXISTS (SELECT 1 FROM holds WHERE request_id = ${requestId})
                OR EXISTS (SELECT 1 FROM requests WHERE id = ${requestId} AND recorded_at IS NOT NULL) AS known
            ),
            placed AS (
              INSERT INTO holds (request_id, organization_id, amount_micros, expires_at)
              SELECT ${requestId}, ${organizationId}, ${BigInt(amountMicros)}, ${new Date(expiresAt)}
              FROM active, known
              WHERE NOT known AND ${spendable}::bigint - held >= ${BigInt(amountMicros)}::bigint
              RETURNING 1
            )
            SELECT held, known, EXISTS (SELECT 1 FROM placed) AS placed FROM active, known`,
        );
        return placed || known
          ? { outcome: 'held' }
          : { outcome: 'refused', requiredMicros: micros(amountMicros), availableMicros: micros(spendable - held) };
      }),

    async release(requestId) {
      const { count } = await client.hold.updateMany({
        where: { requestId, state: 'held' },
        data: { state: 'released' },
      });
      return count > 0;
    },

    // Skips rows that are just being settled: this never waits, so it can never be in a deadlock.
    expire: (limit) =>
      client.$executeRaw`
        UPDATE holds SET state = 'expired' WHERE request_id IN (
          SELECT request_id FROM holds WHERE state = 'held' AND expires_at <= clock_timestamp()
          ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`,
  };
}
