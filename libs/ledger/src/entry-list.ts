import {
  apiError,
  fail,
  ledgerEntryViewSchema,
  succeed,
  type LedgerEntryView,
  type LedgerPage,
  type LedgerQuery,
  type Result,
} from '@lumenfall/contracts';
import { keysetPage, type Client, type Prisma } from '@lumenfall/database';
import { micros, microsToUsd } from '@lumenfall/money';
import type { LedgerEntry } from './credit.js';

export interface EntryList {
  /** Newest first. `INVALID_REQUEST` if a cursor is not an entry of this organization. */
  page(organizationId: string, query: LedgerQuery): Promise<Result<LedgerPage>>;
}

interface ListedEntry {
  /** Of the row, without the prefix. */
  id: string;
  createdAt: Date;
  view: LedgerEntryView;
}

export function entryList(client: Client): EntryList {
  return {
    async page(organizationId, query) {
      const cursor = await cursorOf(client, organizationId, query);
      if (!cursor.ok) return cursor;
      const where = filterOf(organizationId, query);
      const page = await keysetPage<ListedEntry>(
        async (side, from, take) => {
          const [beyond, sort] = side === 'older' ? (['lt', 'desc'] as const) : (['gt', 'asc'] as const);
          const past: Prisma.LedgerEntryWhereInput = from
            ? {
                // Implied by `OR`, but lets the index scan start at the position.
                createdAt: { [`${beyond}e`]: from.createdAt },
                OR: [
                  { createdAt: { [beyond]: from.createdAt } },
                  { createdAt: from.createdAt, id: { [beyond]: BigInt(from.id) } },
                ],
              }
            : {};
          const rows = await client.ledgerEntry.findMany({
            where: { AND: [where, past] },
            orderBy: [{ createdAt: sort }, { id: sort }],
            take,
          });
          return rows.map((row) => ({ id: String(row.id), createdAt: row.createdAt, view: entryView(row) }));
        },
        query.limit,
        cursor.value,
      );
      return succeed({ ...page, data: page.rows.map(({ view }) => view) });
    },
  };
}

async function cursorOf(
  client: Client,
  organizationId: string,
  { starting_after: after, ending_before: before }: LedgerQuery,
): Promise<Result<Parameters<typeof keysetPage<{ id: string; createdAt: Date }>>[2]>> {
  const text = after ?? before;
  if (text === undefined) return succeed(null);
  const name = after === undefined ? 'ending_before' : 'starting_after';
  const digits = /^entry_(\d{1,18})$/.exec(text)?.[1];
  const row =
    digits === undefined
      ? null
      : await client.ledgerEntry.findUnique({ where: { id: BigInt(digits), organizationId } });
  if (row === null)
    return fail(apiError('INVALID_REQUEST', `${name}: the ledger entry '${text}' does not exist`, { param: name }));
  const of = { id: String(row.id), createdAt: row.createdAt };
  return succeed({ side: after === undefined ? 'newer' : 'older', of });
}

function filterOf(
  organizationId: string,
  { type, created_after: after, created_before: before }: LedgerQuery,
): Prisma.LedgerEntryWhereInput {
  return {
    organizationId,
    ...(type !== undefined && { kind: type }),
    // Implied by the type, but lets the index of entries that are not usage be used.
    ...(type !== undefined && type !== 'usage' && { NOT: { kind: 'usage' } }),
    createdAt: {
      ...(after !== undefined && { gte: new Date(after) }),
      ...(before !== undefined && { lte: new Date(before) }),
    },
  };
}

/** An entry as the public API and the operator see it. */
export function entryView(row: Prisma.LedgerEntryGetPayload<object> | LedgerEntry): LedgerEntryView {
  return ledgerEntryViewSchema.parse({
    id: `entry_${row.id}`,
    object: 'ledger_entry',
    type: row.kind,
    amount: microsToUsd(micros(row.amountMicros)),
    balance_after: microsToUsd(micros(row.balanceAfterMicros)),
    currency: 'usd',
    request_id: row.requestId,
    reference: row.reference,
    note: row.note,
    created_at: row.createdAt.toISOString(),
  });
}
