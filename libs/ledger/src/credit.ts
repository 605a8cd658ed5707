import { entryKindSchema, type EntryKind } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { micros, type Micros } from '@lumenfall/money';
import { z } from 'zod';

export type { EntryKind } from '@lumenfall/contracts';

/** One change of a balance; never changed or removed. */
export interface LedgerEntry {
  /** Ascending in the order of an organization's entries. */
  id: string;
  organizationId: string;
  kind: EntryKind;
  /** Signed. */
  amountMicros: Micros;
  /** The balance that resulted. */
  balanceAfterMicros: Micros;
  /** The charged request; null unless `kind` is `usage`. */
  requestId: string | null;
  /** What caused the entry, unique in its organization; null if `kind` is `usage`. */
  reference: string | null;
  note: string | null;
  createdAt: Date;
}

export interface Credit {
  organizationId: string;
  kind: Exclude<EntryKind, 'usage'>;
  /** Not 0, and positive for the top-ups. */
  amountMicros: Micros;
  /** Names the cause, such as a payment: a second credit with the same reference is not added. */
  reference: string;
  note: string | null;
}

/**
 * `added`; `repeated`: the reference has this same entry already; `reference-taken`: the reference has another kind or
 * amount, nothing was added.
 */
export type CreditOutcome =
  { outcome: 'added' | 'repeated' | 'reference-taken'; entry: LedgerEntry } | { outcome: 'unknown-organization' };

const entryRowSchema = z.object({
  id: z.bigint(),
  organization_id: z.string(),
  kind: entryKindSchema,
  amount_micros: z.bigint(),
  balance_after_micros: z.bigint(),
  request_id: z.string().nullable(),
  reference: z.string().nullable(),
  note: z.string().nullable(),
  created_at: z.date(),
});

export async function addCredit(client: Client, credit: Credit): Promise<CreditOutcome> {
  const { organizationId, kind, reference, note } = credit;
  const amount = BigInt(credit.amountMicros);
  // A trigger locks the account and computes the balance. The insert waits for a concurrent one with this reference.
  const added = await client.$queryRaw<unknown[]>`
    INSERT INTO ledger_entries (organization_id, kind, amount_micros, reference, note)
    SELECT organization_id, ${kind}, ${amount}, ${reference}, ${note}
    FROM accounts WHERE organization_id = ${organizationId}
    ON CONFLICT (organization_id, reference) DO NOTHING RETURNING *`;
  if (added.length > 0) return { outcome: 'added', entry: entryOf(added[0]) };
  const earlier = await client.$queryRaw<unknown[]>`
    SELECT * FROM ledger_entries WHERE organization_id = ${organizationId} AND reference = ${reference}`;
  if (earlier.length === 0) return { outcome: 'unknown-organization' };
  const entry = entryOf(earlier[0]);
  const isSame = entry.kind === kind && entry.amountMicros === credit.amountMicros;
  return { outcome: isSame ? 'repeated' : 'reference-taken', entry };
}

function entryOf(value: unknown): LedgerEntry {
  const row = entryRowSchema.parse(value);
  return {
    id: String(row.id),
    organizationId: row.organization_id,
    kind: row.kind,
    amountMicros: micros(row.amount_micros),
    balanceAfterMicros: micros(row.balance_after_micros),
    requestId: row.request_id,
    reference: row.reference,
    note: row.note,
    createdAt: row.created_at,
  };
}
