import type { RequestPage, RequestQuery } from '@lumenfall/contracts';
import { Prisma, type Client } from '@lumenfall/database';
import { micros, microsToUsd } from '@lumenfall/money';
import { z } from 'zod';

type Filter = Pick<RequestQuery, 'key_id' | 'status' | 'created_after' | 'created_before'>;

const DAY_MS = 86_400_000;
const RUNNING = ['pending', 'processing'];

const sumsSchema = z.tuple([z.object({ count: z.bigint(), cost: z.bigint() })]);

/**
 * Cost and number of all requests that match. Whole UTC days come from `usage_days`; only the parts of a day at the two
 * ends of the range, and running requests, are read from the history itself. One statement, so that all parts have
 * the same state.
 */
export async function summaryOf(
  client: Client,
  organizationId: string,
  { key_id: keyId, status, created_after: after, created_before: before }: Filter,
): Promise<NonNullable<RequestPage['summary']>> {
  const ofKey = keyId === undefined ? Prisma.empty : Prisma.sql`AND key_id = ${keyId}`;
  const ofStatus = status === undefined ? Prisma.empty : Prisma.sql`AND status = ${status}`;
  const rows = ({ from, to }: Range, more = Prisma.empty): Prisma.Sql => Prisma.sql`
    SELECT COUNT(*) AS requests, SUM(cost_micros) AS cost_micros FROM requests
    WHERE organization_id = ${organizationId} AND created_at >= ${from} AND created_at < ${to}
      ${ofKey} ${ofStatus} ${more}`;

  const { days, ends } = partsOf(after, before);
  const parts = ends.map((range) => rows(range));
  if (days !== null) {
    parts.push(Prisma.sql`
      SELECT SUM(requests), SUM(cost_micros) FROM usage_days
      WHERE organization_id = ${organizationId} AND day >= ${days.from}::date AND day < ${days.to}::date
        ${ofKey} ${ofStatus}`);
    if (status === undefined || RUNNING.includes(status))
      parts.push(rows(days, Prisma.sql`AND status IN (${Prisma.join(RUNNING)})`));
  }
  const found = await client.$queryRaw<unknown[]>`
    SELECT COALESCE(SUM(requests), 0)::bigint AS count, COALESCE(SUM(cost_micros), 0)::bigint AS cost
    FROM (${Prisma.join(parts, ' UNION ALL ')}) AS parts (requests, cost_micros)`;
  const [{ count, cost }] = sumsSchema.parse(found);
  return { total_cost: microsToUsd(micros(cost)), count: Number(count), currency: 'usd' };
}

/** `from` is included, `to` is not. */
interface Range {
  from: Date;
  to: Date;
}

/** Divides the range of a query, whose bounds are both included, into whole UTC days and the remainders. */
function partsOf(after: string | undefined, before: string | undefined): { days: Range | null; ends: Range[] } {
  const from = after === undefined ? FIRST_DAY : Date.parse(after);
  const to = before === undefined ? LAST_DAY : Date.parse(before) + 1;
  const range = (start: number, end: number): Range => ({ from: new Date(start), to: new Date(end) });
  const firstDay = Math.ceil(from / DAY_MS) * DAY_MS;
  const endDay = Math.floor(to / DAY_MS) * DAY_MS;
  if (firstDay >= endDay) return { days: null, ends: [range(from, to)] };
  const ends = [range(from, firstDay), range(endDay, to)].filter((end) => end.from < end.to);
  return { days: range(firstDay, endDay), ends };
}

const FIRST_DAY = Date.UTC(1970, 0, 1);
const LAST_DAY = Date.UTC(9999, 11, 31);
