import type { HoldOwner, HoldRequest } from '@lumenfall/contracts';
import { Prisma, storable, type Client } from '@lumenfall/database';
import { micros, type Micros } from '@lumenfall/money';
import { z } from 'zod';
import { lockAccounts } from './lock-accounts.js';

/** `at` is the time of the database, Unix ms. */
export type HoldOutcome =
  | { outcome: 'held'; at: number; keptForMs: number }
  | { outcome: 'refused'; requiredMicros: Micros; availableMicros: Micros }
  /** `late`: after the time until which it may be placed. `ended`: released, expired or recorded before. */
  | { outcome: 'late' | 'ended'; at: number }
  | { outcome: 'unknown-organization' };

export interface HoldStore {
  /**
   * Reserves an amount if the account covers it. Holds of one account are placed one after the other, so together they
   * never exceed what it has. A repeat for the same request changes nothing. A hold that was released, also before it
   * was placed, is not placed. `placeUntil` is compared with the clock of the database, under the lock of the account.
   */
  place(request: HoldRequest): Promise<HoldOutcome>;
  /**
   * Releases holds; a hold that does not exist leaves a tombstone, so that it cannot be placed later. It can be
   * repeated, and changes nothing for a hold that has ended.
   *
   * @returns the numbers of holds that this call released, and of tombstones
   */
  release(holds: readonly HoldOwner[]): Promise<{ released: number; tombstones: number }>;
}

/** When a hold is reviewed: see `HoldReviews`. */
export interface HoldTiming {
  /** From its placement, and from each review that extends it, to the next review, in ms. */
  reviewMs: number;
  /** From a review that finds nothing at work to the one that decides, in ms. */
  doubtMs: number;
}

/** A hold whose request is lost ends within twice `reviewMs` of the loss, the pauses of the sweep included. */
export function holdTiming(reviewMs = 15_000): HoldTiming {
  return { reviewMs, doubtMs: Math.round(reviewMs * 0.4) };
}

const clockSchema = z.coerce.number();
const accountSchema = z.tuple([z.object({ spendable: z.bigint() })]);
const placedSchema = z.tuple([
  z.object({
    held: z.bigint(),
    earlier: z.string().nullable(),
    recorded: z.boolean(),
    late: z.boolean(),
    at: clockSchema,
    placed: z.boolean(),
  }),
]);

export function holdStore(client: Client, { reviewMs, doubtMs }: HoldTiming = holdTiming()): HoldStore {
  return {
    place: ({ requestId, organizationId, modality, amountMicros, deadline, placeUntil }) =>
      client.$transaction(async (tx): Promise<HoldOutcome> => {
        const locked = await tx.$queryRaw<unknown[]>`
          SELECT balance_micros + CASE billing_type WHEN 'postpaid' THEN credit_limit_micros ELSE 0 END AS spendable
          FROM accounts WHERE organization_id = ${organizationId} FOR NO KEY UPDATE`;
        if (locked.length === 0) return { outcome: 'unknown-organization' };
        const [{ spendable }] = accountSchema.parse(locked);
        // A recorded request gets no hold: it would never be settled.
        const [{ held, earlier, recorded, late, at, placed }] = placedSchema.parse(
          await tx.$queryRaw<unknown[]>`
            WITH active AS (
              SELECT COALESCE(SUM(amount_micros), 0)::bigint AS held FROM holds
              WHERE organization_id = ${organizationId} AND state = 'held'
            ),
            clock AS MATERIALIZED (SELECT clock_timestamp() AS now),
            known AS (
              SELECT (SELECT state FROM holds WHERE request_id = ${requestId}) AS earlier,
                EXISTS (SELECT 1 FROM requests WHERE id = ${requestId} AND recorded_at IS NOT NULL) AS recorded,
                now > ${new Date(placeUntil)} AS late, now
              FROM clock
            ),
            placed AS (
              INSERT INTO holds (request_id, organization_id, modality, amount_micros, expires_at, deadline)
              SELECT ${requestId}, ${organizationId}, ${modality}, ${BigInt(amountMicros)},
                now + ${reviewMs} * interval '1 millisecond', ${new Date(deadline)}
              FROM active, known
              WHERE earlier IS NULL AND NOT recorded AND NOT late
                AND ${spendable}::bigint - held >= ${BigInt(amountMicros)}::bigint
              RETURNING 1
            )
            SELECT held, earlier, recorded, late, floor(extract(epoch FROM now) * 1000)::float8 AS at,
              EXISTS (SELECT 1 FROM placed) AS placed
            FROM active, known`,
        );
        if (placed || earlier === 'held') return { outcome: 'held', at, keptForMs: reviewMs + doubtMs };
        if (earlier !== null || recorded) return { outcome: 'ended', at };
        if (late) return { outcome: 'late', at };
        return { outcome: 'refused', requiredMicros: micros(amountMicros), availableMicros: micros(spendable - held) };
      }),

    release: (holds) =>
      client.$transaction(async (tx) => {
        await lockAccounts(
          tx,
          holds.map(({ organizationId }) => organizationId),
        );
        const rows = Prisma.sql`jsonb_to_recordset(${JSON.stringify(holds.map(rowOf))}::jsonb)
          AS owner (request_id text, organization_id text, modality text)`;
        const released = await tx.$executeRaw`
          UPDATE holds SET state = 'released' FROM ${rows}
          WHERE holds.request_id = owner.request_id AND holds.organization_id = owner.organization_id
            AND holds.state = 'held'`;
        // The holds of unknown organizations cannot be placed later, so they need no tombstone.
        const tombstones = await tx.$executeRaw`
          INSERT INTO holds (request_id, organization_id, modality, amount_micros, state, expires_at, deadline, ended_at)
          SELECT DISTINCT ON (request_id) request_id, organization_id, modality, 0, 'released', now(), now(),
            clock_timestamp()
          FROM ${rows} JOIN accounts USING (organization_id)
          ON CONFLICT (request_id) DO NOTHING`;
        return { released, tombstones };
      }),
  };
}

const rowOf = ({ requestId, organizationId, modality }: HoldOwner): Record<string, unknown> =>
  storable({ request_id: requestId, organization_id: organizationId, modality });
