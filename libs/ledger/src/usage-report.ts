import {
  apiError,
  fail,
  succeed,
  type Result,
  type UsageDimension,
  type UsageGroup,
  type UsageQuery,
  type UsageReport,
} from '@lumenfall/contracts';
import { Prisma, type Client } from '@lumenfall/database';
import { micros, microsToUsd } from '@lumenfall/money';
import { z } from 'zod';

export interface UsageReportStore {
  /** Errors: `INVALID_REQUEST` for a period that is empty or too long, and for a grouping with too many groups. */
  report(organizationId: string, query: UsageQuery): Promise<Result<UsageReport>>;
}

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;
const MAX_GROUPS = 5_000;

/** @param now Unix ms; the period of a query without dates ends today */
export function usageReportStore(client: Client, now: () => number = Date.now): UsageReportStore {
  return {
    async report(organizationId, query) {
      const period = periodOf(query, now());
      if (!period.ok) return period;
      const rows = await groupsOf(client, organizationId, query, period.value);
      if (rows.length > MAX_GROUPS) {
        const message = `The answer would have more than ${MAX_GROUPS} groups: group by less, or ask for fewer days`;
        return fail(apiError('INVALID_REQUEST', `group_by: ${message}`, { param: 'group_by' }));
      }
      return succeed({
        object: 'usage',
        start_date: period.value.start,
        end_date: period.value.end,
        group_by: query.group_by,
        currency: 'usd',
        data: rows.map((row) => ({ ...dimensionsOf(row, query.group_by), ...figuresOf(row) })),
        total: figuresOf(totalOf(rows)),
      });
    },
  };
}

/** UTC days, both included. */
interface Period {
  start: string;
  end: string;
}

/** The last thirty days, unless the query names a start or an end. */
function periodOf(
  { start_date: start, end_date: end }: Pick<UsageQuery, 'start_date' | 'end_date'>,
  now: number,
): Result<Period> {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const width = (DEFAULT_DAYS - 1) * DAY_MS;
  const from = start === undefined ? null : Date.parse(start);
  const to = end !== undefined ? Date.parse(end) : from === null ? today : Math.max(from, today);
  const first = from ?? to - width;
  if (first > to) return refused('end_date', 'lies before start_date');
  if (to - first >= MAX_DAYS * DAY_MS) {
    return refused(start === undefined ? 'end_date' : 'start_date', `a report covers at most ${MAX_DAYS} days`);
  }
  return succeed({ start: dayOf(first), end: dayOf(to) });
}

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const refused = (param: string, message: string): Result<Period> =>
  fail(apiError('INVALID_REQUEST', `${param}: ${message}`, { param }));

/** A fixed order, in which the rows are grouped and compared. */
const COLUMNS: Readonly<Record<UsageDimension, Prisma.Sql>> = {
  day: Prisma.sql`day`,
  model: Prisma.sql`model`,
  key: Prisma.sql`key_id`,
  modality: Prisma.sql`modality`,
};

const figuresSchema = z.object({
  requests: z.bigint(),
  errors: z.bigint(),
  cost_micros: z.bigint(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  images: z.number(),
  megapixels: z.number(),
  seconds: z.number(),
});
type Figures = z.infer<typeof figuresSchema>;

const rowsSchema = z.array(
  figuresSchema.extend({
    day: z.string().optional(),
    model: z.string().optional(),
    key_id: z.string().optional(),
    modality: z.string().optional(),
  }),
);
type Row = z.infer<typeof rowsSchema>[number];

async function groupsOf(
  client: Client,
  organizationId: string,
  { group_by: dimensions, key_id: keyId, model, modality }: UsageQuery,
  { start, end }: Period,
): Promise<Row[]> {
  const columns = dimensions.map((dimension) => COLUMNS[dimension]);
  const shown = dimensions.map((dimension) =>
    dimension === 'day' ? Prisma.sql`to_char(day, 'YYYY-MM-DD') AS day` : COLUMNS[dimension],
  );
  const newestFirst = dimensions.includes('day') ? Prisma.sql`usage_days.day DESC,` : Prisma.empty;
  const rows = await client.$queryRaw<unknown[]>`
    SELECT ${Prisma.join(shown)}, SUM(requests)::bigint AS requests,
      COALESCE(SUM(requests) FILTER (WHERE status IN ('upstream_failure', 'rejected')), 0)::bigint AS errors,
      SUM(cost_micros)::bigint AS cost_micros, SUM(input_tokens)::float8 AS input_tokens,
      SUM(output_tokens)::float8 AS output_tokens, SUM(images)::float8 AS images,
      SUM(megapixels)::float8 AS megapixels, SUM(seconds)::float8 AS seconds
    FROM usage_days
    WHERE organization_id = ${organizationId} AND day BETWEEN ${start}::date AND ${end}::date
      ${keyId === undefined ? Prisma.empty : Prisma.sql`AND key_id = ${keyId}`}
      ${model === undefined ? Prisma.empty : Prisma.sql`AND model = ${model}`}
      ${modality === undefined ? Prisma.empty : Prisma.sql`AND modality = ${modality}`}
    GROUP BY ${Prisma.join(columns.map((column) => Prisma.sql`usage_days.${column}`))}
    ORDER BY ${newestFirst} SUM(cost_micros) DESC, ${Prisma.join(columns.map((c) => Prisma.sql`usage_days.${c}`))}
    LIMIT ${MAX_GROUPS + 1}`;
  return rowsSchema.parse(rows);
}

function dimensionsOf(row: Row, dimensions: readonly UsageDimension[]): Partial<UsageGroup> {
  const named: Partial<UsageGroup> = {};
  for (const dimension of dimensions) {
    if (dimension === 'day') named.day = row.day;
    else if (dimension === 'key') named.key_id = row.key_id || null;
    else named[dimension] = row[dimension] || null;
  }
  return named;
}

function figuresOf({ requests, errors, cost_micros: cost, ...units }: Figures): UsageReport['total'] {
  const { input_tokens, output_tokens, images, megapixels, seconds } = units;
  return {
    requests: Number(requests),
    errors: Number(errors),
    cost: microsToUsd(micros(cost)),
    input_tokens,
    output_tokens,
    images,
    megapixels,
    seconds,
  };
}

function totalOf(rows: readonly Figures[]): Figures {
  const count = (read: (row: Figures) => bigint): bigint => rows.reduce((sum, row) => sum + read(row), 0n);
  // Six decimals, as the columns have: the sum of doubles would show its rounding.
  const units = (read: (row: Figures) => number): number =>
    Number(rows.reduce((sum, row) => sum + read(row), 0).toFixed(6));
  return {
    requests: count((row) => row.requests),
    errors: count((row) => row.errors),
    cost_micros: count((row) => row.cost_micros),
    input_tokens: units((row) => row.input_tokens),
    output_tokens: units((row) => row.output_tokens),
    images: units((row) => row.images),
    megapixels: units((row) => row.megapixels),
    seconds: units((row) => row.seconds),
  };
}
