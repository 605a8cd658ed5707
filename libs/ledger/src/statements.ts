import {
  entryKindSchema,
  type EntryKind,
  type LedgerEntryView,
  type Statement,
  type StatementPage,
  type StatementQuery,
  type StatementSummary,
} from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { addMicros, micros, microsToUsd, ZERO_MICROS, type Micros } from '@lumenfall/money';
import { z } from 'zod';
import { entryView } from './entry-list.js';

export interface StatementStore {
  /** The months with entries, newest first, and the current one; null for an unknown organization. */
  page(organizationId: string, query: StatementQuery): Promise<StatementPage | null>;
  /** Null if the organization did not exist in this month, or if it has not begun. */
  find(organizationId: string, month: string): Promise<Statement | null>;
}

/**
 * An entry is committed at most 15 s after its time: the limit of a transaction. A month is closed once that has passed
 * for the last possible entry.
 */
const CLOSED_AFTER_MS = 60_000;

const amount = z.coerce.number().transform((value) => micros(value));

const monthRowsSchema = z.array(z.object({ month: z.string(), kind: entryKindSchema, amount }));
const openingSchema = z.array(z.object({ created: z.string(), first: z.string().nullable() }));

const statementRowsSchema = z.tuple([
  z.object({
    opening: amount,
    lines: z.array(
      z.object({
        kind: entryKindSchema,
        model: z.string(),
        key_id: z.string(),
        key_name: z.string().nullable(),
        entries: z.number(),
        amount,
      }),
    ),
    entries: z.array(
      z.object({
        id: z.coerce.bigint(),
        kind: z.string(),
        amount_micros: z.coerce.bigint(),
        balance_after_micros: z.coerce.bigint(),
        request_id: z.string().nullable(),
        reference: z.string().nullable(),
        note: z.string().nullable(),
        created_at: z.coerce.date(),
      }),
    ),
  }),
]);
type Lines = z.infer<typeof statementRowsSchema>[0]['lines'];

/** @param now Unix ms */
export function statementStore(client: Client, now: () => number = Date.now): StatementStore {
  const currentMonth = (): string => new Date(now()).toISOString().slice(0, 7);

  /** The first month that an organization has a statement for. */
  async function firstMonth(organizationId: string): Promise<string | null> {
    const [row] = openingSchema.parse(
      await client.$queryRaw<unknown[]>`
        SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM') AS created,
          (SELECT to_char(MIN(month), 'YYYY-MM') FROM ledger_months WHERE organization_id = organizations.id) AS first
        FROM organizations WHERE id = ${organizationId}`,
    );
    return row === undefined ? null : row.first !== null && row.first < row.created ? row.first : row.created;
  }

  return {
    async page(organizationId, { limit, starting_after: after, ending_before: before }) {
      if ((await firstMonth(organizationId)) === null) return null;
      const rows = monthRowsSchema.parse(
        await client.$queryRaw<unknown[]>`
          SELECT to_char(month, 'YYYY-MM') AS month, kind, SUM(amount_micros)::text AS amount
          FROM ledger_months WHERE organization_id = ${organizationId} GROUP BY 1, 2`,
      );
      const months = [...new Set([...rows.map(({ month }) => month), currentMonth()])].sort();
      let opening = ZERO_MICROS;
      const all: StatementSummary[] = [];
      for (const month of months) {
        const summary = summaryOf(
          month,
          opening,
          rows.filter((row) => row.month === month),
          now(),
        );
        all.unshift(summary.view);
        opening = summary.closing;
      }
      const from = after !== undefined ? all.findIndex(({ id }) => id < after) : 0;
      const to = before === undefined ? from + limit : all.findIndex(({ id }) => id <= before);
      if (from === -1) return { data: [], hasOlder: false, hasNewer: all.length > 0 };
      const end = to === -1 ? all.length : to;
      const start = before === undefined ? from : Math.max(0, end - limit);
      return { data: all.slice(start, end), hasOlder: end < all.length, hasNewer: start > 0 };
    },

    async find(organizationId, month) {
      const first = await firstMonth(organizationId);
      if (first === null || month < first || month > currentMonth()) return null;
      // One statement reads one state of the ledger, also while the month is open.
      const [{ opening, lines, entries }] = statementRowsSchema.parse(
        await client.$queryRaw<unknown[]>`
          WITH bounds AS (SELECT ${`${month}-01`}::date AS month),
          summed AS (
            SELECT ledger_months.*, api_keys.name AS key_name FROM ledger_months
            LEFT JOIN api_keys ON api_keys.id = ledger_months.key_id
              AND api_keys.organization_id = ledger_months.organization_id
            WHERE ledger_months.organization_id = ${organizationId}
          )
          SELECT (SELECT COALESCE(SUM(amount_micros), 0)::text FROM summed, bounds
              WHERE summed.month < bounds.month) AS opening,
            (SELECT COALESCE(jsonb_agg(jsonb_build_object('kind', kind, 'model', model, 'key_id', key_id,
                'key_name', key_name, 'entries', entries, 'amount', amount_micros::text)
                ORDER BY amount_micros, model, key_id), '[]')
              FROM summed, bounds WHERE summed.month = bounds.month) AS lines,
            (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', id::text, 'kind', kind,
                'amount_micros', amount_micros::text, 'balance_after_micros', balance_after_micros::text,
                'request_id', request_id, 'reference', reference, 'note', note, 'created_at', created_at)
                ORDER BY created_at, id), '[]')
              FROM ledger_entries, bounds
              WHERE organization_id = ${organizationId} AND kind <> 'usage'
                AND created_at >= bounds.month::timestamp AT TIME ZONE 'UTC'
                AND created_at < (bounds.month + interval '1 month') AT TIME ZONE 'UTC') AS entries`,
      );
      const usage = lines.filter(({ kind }) => kind === 'usage');
      return {
        ...summaryOf(month, opening, lines, now()).view,
        usage: usage.map((line) => ({ ...modelOf(line), ...keyOf(line), ...figuresOf([line]) })),
        by_model: groupsOf(usage, ({ model }) => model).map((group) => ({ ...modelOf(group[0]), ...figuresOf(group) })),
        by_key: groupsOf(usage, ({ key_id: id }) => id).map((group) => ({ ...keyOf(group[0]), ...figuresOf(group) })),
        entries: entries.map((row): LedgerEntryView =>
          entryView({
            ...{ id: row.id, organizationId, kind: row.kind, amountMicros: row.amount_micros },
            ...{ balanceAfterMicros: row.balance_after_micros, requestId: row.request_id },
            ...{ reference: row.reference, note: row.note, createdAt: row.created_at },
          }),
        ),
      };
    },
  };
}

function summaryOf(
  month: string,
  opening: Micros,
  rows: readonly { kind: EntryKind; amount: Micros }[],
  now: number,
): { view: StatementSummary; closing: Micros } {
  const closing = addMicros(opening, ...rows.map((row) => row.amount));
  const total = (kind: EntryKind): number =>
    microsToUsd(addMicros(...rows.filter((row) => row.kind === kind).map((row) => row.amount)));
  const [year = 0, number = 0] = month.split('-').map(Number);
  return {
    closing,
    view: {
      id: month,
      object: 'statement',
      status: now >= Date.UTC(year, number, 1) + CLOSED_AFTER_MS ? 'closed' : 'open',
      currency: 'usd',
      opening_balance: microsToUsd(opening),
      closing_balance: microsToUsd(closing),
      totals: {
        ...{ top_up: total('top_up'), auto_top_up: total('auto_top_up'), usage: total('usage') },
        ...{ adjustment: total('adjustment'), refund: total('refund') },
      },
    },
  };
}

type Line = Lines[number];

const modelOf = ({ model }: Line) => ({ model: model === '' ? null : model });
const keyOf = ({ key_id: id, key_name: name }: Line) => ({ key_id: id === '' ? null : id, key_name: name });
const figuresOf = (group: readonly Line[]) => ({
  requests: group.reduce((sum, { entries }) => sum + entries, 0),
  amount: microsToUsd(addMicros(...group.map((line) => line.amount))),
});

/** Non-empty groups, the one with the largest amount first. */
function groupsOf(lines: Lines, nameOf: (line: Line) => string): [Line, ...Line[]][] {
  const groups = new Map<string, [Line, ...Line[]]>();
  for (const line of lines) {
    const group = groups.get(nameOf(line));
    if (group === undefined) groups.set(nameOf(line), [line]);
    else group.push(line);
  }
  const sum = (group: Lines): number => addMicros(...group.map((line) => line.amount));
  return [...groups.values()].sort((a, b) => sum(a) - sum(b));
}
