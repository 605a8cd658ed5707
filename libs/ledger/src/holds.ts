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
   * Reserves an amount if the account covers it. Holds of one account are placed one after the other, so together they
   * never exceed what it has. A repeat for the same request changes nothing.
   */
  place(request: HoldRequest): Promise<HoldOutcome>;
  /** Releases an active hold. False if there is none; it can be repeated. */
  release(requestId: string): Promise<boolean>;
  /**
   * Marks at most `limit` holds past their time as expired; they stopped counting at that time. @returns their number
   */
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
        // A recorded request gets no hold: it would never be settled.
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

    // Skips locked rows: it never waits, so it cannot deadlock.
    expire: (limit) =>
      client.$executeRaw`
        UPDATE holds SET state = 'expired' WHERE request_id IN (
          SELECT request_id FROM holds WHERE state = 'held' AND expires_at <= clock_timestamp()
          ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`,
  };
}
