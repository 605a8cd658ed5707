import type { Transaction } from '@lumenfall/database';

/**
 * What is wrong. `balance`: it is not the sum of the entries; `chain`: an entry does not continue the balance before
 * it; `orphan`: a usage entry without its request; `spend`: a minute of spend differs from its entries; `charge`: a
 * request was not charged exactly once for its cost; `price`: its cost is not the price of its stored charge;
 * `cost-lines`: what its attempts cost us does not add up; `day`: the usage of a day differs from its requests; `hold`:
 * a hold outlives its request or its expiry.
 */
export type Check = 'balance' | 'chain' | 'orphan' | 'spend' | 'charge' | 'price' | 'cost-lines' | 'day' | 'hold';

export interface Discrepancy {
  check: Check;
  organizationId: string;
  requestId: string | null;
  /** Of the ledger. */
  entryId: string | null;
  /** Micros; null where no amount is wrong. */
  expectedMicros: number | null;
  foundMicros: number | null;
  /** One sentence with the amounts, in micros. */
  message: string;
}

export interface AuditCounts {
  organizations: number;
  entries: number;
  requests: number;
  attempts: number;
  /** Active ones. */
  holds: number;
}

/** What the checks of one audit work on. */
export interface AuditScope {
  tx: Transaction;
  findings: Findings;
  /** The moment of the snapshot. */
  at: Date;
  batchRows: number;
  holdGraceMs: number;
}

/** Collects discrepancies in the order in which they are found, and keeps the first of them. */
export class Findings {
  readonly checked: AuditCounts = { organizations: 0, entries: 0, requests: 0, attempts: 0, holds: 0 };
  readonly kept: Discrepancy[] = [];
  found = 0;

  constructor(private readonly limit: number) {}

  add(
    check: Check,
    organizationId: string,
    message: string,
    about: { requestId?: string | null; entryId?: bigint; expected?: bigint; found?: bigint } = {},
  ): void {
    this.found += 1;
    if (this.kept.length >= this.limit) return;
    const { requestId = null, entryId, expected, found } = about;
    this.kept.push({
      check,
      organizationId,
      requestId,
      entryId: entryId === undefined ? null : String(entryId),
      expectedMicros: expected === undefined ? null : Number(expected),
      foundMicros: found === undefined ? null : Number(found),
      message,
    });
  }
}
