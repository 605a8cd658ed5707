import { keysetPage, type Client, type KeysetPage, type Prisma } from '@lumenfall/database';
import type { Micros } from '@lumenfall/money';
import { z } from 'zod';
import * as moves from './top-up-moves.js';
import { topUpOf, type TopUp, type TopUpProvider } from './top-up-row.js';

export interface NewTopUp {
  /** `top_` + a KSUID; a repeat with it creates nothing. */
  id: string;
  organizationId: string;
  /** Whole cents. */
  amountMicros: Micros;
  provider: TopUpProvider;
}

export interface TopUpQuery {
  limit: number;
  /** Ids of top-ups of the organization; the page is empty if there is none. */
  startingAfter?: string | undefined;
  endingBefore?: string | undefined;
}

/** Requests for credit and their payments. The moves between states are compare-and-set; money moves with them. */
export interface TopUpStore {
  /**
   * Stores a request of a customer. `too-many`: the organization has `MAX_OPEN` that have not ended. A repeat with the
   * same id gets the row of the first.
   */
  create(request: NewTopUp): Promise<TopUp | 'unknown-organization' | 'too-many'>;
  find(id: string): Promise<TopUp | null>;
  /** Newest first. */
  page(organizationId: string, query: TopUpQuery): Promise<KeysetPage<TopUp>>;
  /**
   * Takes top-ups that have not ended and whose provider should be asked now. Each is taken once until its next time:
   * after half its age again, at most an hour.
   */
  claimUnfinished(provider: TopUpProvider, limit: number): Promise<TopUp[]>;
  pend(id: string, known: Parameters<typeof moves.pend>[2]): Promise<boolean>;
  succeed(id: string, paid: moves.Paid): Promise<moves.MoveOutcome>;
  fail(id: string, failure: Parameters<typeof moves.fail>[2]): Promise<moves.MoveOutcome>;
  refund(refunded: moves.Refunded): Promise<moves.MoveOutcome>;
  /** Completes a top-up of the provider `manual`: an operator has received the money. Null if it is not such a one. */
  fulfil(id: string): Promise<TopUp | null>;
  /** Ends an open top-up of the provider `manual` without credit. Null if it is not such a one. */
  refuse(id: string, reason: string): Promise<TopUp | null>;
}

const MAX_OPEN = 20;

const idsSchema = z.array(z.object({ id: z.string() }));

export function topUpStore(client: Client): TopUpStore {
  const find = async (id: string): Promise<TopUp | null> => {
    const row = await client.topUp.findUnique({ where: { id } });
    return row && topUpOf(row);
  };
  const manual = async (id: string): Promise<TopUp | null> => {
    const topUp = await find(id);
    return topUp?.provider === 'manual' ? topUp : null;
  };

  return {
    async create({ id, organizationId, amountMicros, provider }) {
      const rows = await client.$queryRaw<unknown[]>`
        INSERT INTO top_ups (id, organization_id, kind, amount_micros, provider, next_check_at)
        SELECT ${id}, organization_id, 'top_up', ${BigInt(amountMicros)}, ${provider}, now() + interval '60 seconds'
        FROM accounts WHERE organization_id = ${organizationId} AND (
          SELECT COUNT(*) FROM top_ups WHERE organization_id = ${organizationId} AND kind = 'top_up'
            AND state IN ('requested', 'pending')) < ${MAX_OPEN}
        ON CONFLICT (id) DO NOTHING RETURNING id`;
      const stored = await find(id);
      if (rows.length > 0 || stored?.organizationId === organizationId) return stored ?? 'unknown-organization';
      const known = await client.account.findUnique({ where: { organizationId } });
      return known === null ? 'unknown-organization' : 'too-many';
    },

    find,

    async page(organizationId, { limit, startingAfter, endingBefore }) {
      const cursorId = startingAfter ?? endingBefore;
      const of =
        cursorId === undefined ? null : await client.topUp.findFirst({ where: { id: cursorId, organizationId } });
      if (cursorId !== undefined && of === null) return { rows: [], hasOlder: false, hasNewer: false };
      const page = await keysetPage(
        (side, from, take) => {
          const [beyond, sort] = side === 'older' ? (['lt', 'desc'] as const) : (['gt', 'asc'] as const);
          const past: Prisma.TopUpWhereInput = from
            ? {
                OR: [
                  { createdAt: { [beyond]: from.createdAt } },
                  { createdAt: from.createdAt, id: { [beyond]: from.id } },
                ],
              }
            : {};
          return client.topUp.findMany({
            where: { organizationId, ...past },
            orderBy: [{ createdAt: sort }, { id: sort }],
            take,
          });
        },
        limit,
        of && { side: startingAfter === undefined ? 'newer' : 'older', of },
      );
      return { ...page, rows: page.rows.map(topUpOf) };
    },

    async claimUnfinished(provider, limit) {
      const rows = await client.$queryRaw<unknown[]>`
        UPDATE top_ups SET next_check_at = clock_timestamp()
          + LEAST(interval '1 hour', interval '30 seconds' + (clock_timestamp() - created_at) / 2)
        WHERE id IN (
          SELECT id FROM top_ups WHERE state IN ('requested', 'pending') AND provider = ${provider}
            AND next_check_at <= clock_timestamp()
          ORDER BY next_check_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
        RETURNING id`;
      const ids = idsSchema.parse(rows).map(({ id }) => id);
      return (await client.topUp.findMany({ where: { id: { in: ids } } })).map(topUpOf);
    },

    pend: (id, known) => moves.pend(client, id, known),
    succeed: (id, paid) => moves.succeed(client, id, paid),
    fail: (id, failure) => moves.fail(client, id, failure),
    refund: (refunded) => moves.refund(client, refunded),

    async fulfil(id) {
      const topUp = await manual(id);
      if (topUp === null) return null;
      await moves.succeed(client, id, { paymentId: id, receivedMicros: topUp.amountMicros });
      return find(id);
    },

    async refuse(id, reason) {
      if ((await manual(id)) === null) return null;
      await moves.fail(client, id, { reason, paymentId: null });
      return find(id);
    },
  };
}
