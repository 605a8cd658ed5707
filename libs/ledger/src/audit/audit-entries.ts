import { z } from 'zod';
import type { AuditScope } from './findings.js';

const MINUTE_MS = 60_000;
/** The spend that a balance counts; older minutes are deleted some time later. */
const SPEND_WINDOW_MS = 60 * MINUTE_MS;

const entriesSchema = z.array(
  z.object({
    id: z.bigint(),
    kind: z.string(),
    amount: z.bigint(),
    balance_after: z.bigint(),
    request_id: z.string().nullable(),
    created_at: z.date(),
    /** Of the request of a usage entry; null if there is none. */
    request_organization: z.string().nullable(),
  }),
);
type Entry = z.infer<typeof entriesSchema>[number];

const minutesSchema = z.array(z.object({ minute: z.date(), spent: z.bigint() }));

/**
 * The entries of an organization, one after the other: the chain of balances, its sum, the requests of the usage
 * entries, and the spend by minute.
 */
export async function auditEntries(
  { tx, findings, at, batchRows }: AuditScope,
  { id: organizationId, balance }: { id: string; balance: bigint | null },
): Promise<void> {
  const oldestMinute = Math.ceil((at.getTime() - SPEND_WINDOW_MS) / MINUTE_MS) * MINUTE_MS;
  const spent = new Map<number, bigint>();
  let sum = 0n;
  let before = 0n;

  const check = (entry: Entry): void => {
    const { id: entryId, kind, amount, balance_after: found, request_id: requestId } = entry;
    const expected = before + amount;
    if (found !== expected) {
      const message = `Entry ${entryId} has the balance ${found}, but the one before it plus its amount is ${expected}`;
      findings.add('chain', organizationId, message, { entryId, requestId, expected, found });
    }
    before = found;
    sum += amount;
    if (kind !== 'usage') return;
    if (entry.request_organization !== organizationId) {
      const why = entry.request_organization === null ? 'which does not exist' : 'of another organization';
      const message = `Entry ${entryId} charges ${-amount} for the request ${requestId}, ${why}`;
      findings.add('orphan', organizationId, message, { entryId, requestId, found: -amount });
    }
    const minute = Math.floor(entry.created_at.getTime() / MINUTE_MS) * MINUTE_MS;
    if (minute >= oldestMinute) spent.set(minute, (spent.get(minute) ?? 0n) - amount);
  };

  for (let after: bigint | null = 0n; after !== null;) {
    const entries: Entry[] = entriesSchema.parse(
      await tx.$queryRaw<unknown[]>`
        SELECT entry.id, entry.kind, entry.amount_micros AS amount, entry.balance_after_micros AS balance_after,
          entry.request_id, entry.created_at, requests.organization_id AS request_organization
        FROM ledger_entries AS entry LEFT JOIN requests ON requests.id = entry.request_id
        WHERE entry.organization_id = ${organizationId} AND entry.id > ${after}
        ORDER BY entry.id LIMIT ${batchRows}`,
    );
    entries.forEach(check);
    findings.checked.entries += entries.length;
    after = entries.length < batchRows ? null : (entries.at(-1)?.id ?? null);
  }

  if (balance !== sum) {
    const message =
      balance === null
        ? `The organization has no account, and entries of ${sum}`
        : `The balance is ${balance}, but the sum of the entries is ${sum}`;
    if (balance !== null || sum !== 0n) {
      findings.add('balance', organizationId, message, { expected: sum, ...(balance !== null && { found: balance }) });
    }
  }

  const minutes = minutesSchema.parse(
    await tx.$queryRaw<unknown[]>`
      SELECT minute, spent_micros AS spent FROM spend_minutes
      WHERE organization_id = ${organizationId} AND minute >= ${new Date(oldestMinute)}`,
  );
  const stored = new Map(minutes.map((row) => [row.minute.getTime(), row.spent]));
  for (const minute of [...new Set([...spent.keys(), ...stored.keys()])].sort()) {
    const [expected, found] = [spent.get(minute) ?? 0n, stored.get(minute) ?? 0n];
    if (expected === found) continue;
    const name = new Date(minute).toISOString();
    const message = `The spend of the minute ${name} is ${found}, but its usage entries are ${expected}`;
    findings.add('spend', organizationId, message, { expected, found });
  }
}
