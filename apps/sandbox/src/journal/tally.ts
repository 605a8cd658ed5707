import type { JournalEntry } from './journal.js';

/** Provider, operation, how it ended: how many. */
export type Counts = Record<string, Record<string, Record<string, number>>>;

/** Counts every call that has ended: the journal's ring forgets, a long test does not. */
export class Tally {
  #counts: Counts = {};

  count(entry: JournalEntry): void {
    const ofProvider = (this.#counts[entry.provider] ??= {});
    const ofOperation = (ofProvider[entry.operation] ??= {});
    const end = endOf(entry);
    ofOperation[end] = (ofOperation[end] ?? 0) + 1;
  }

  get counts(): Counts {
    return structuredClone(this.#counts);
  }

  clear(): void {
    this.#counts = {};
  }
}

/** What a profile drew, else `aborted` or `cut`, else the status of a refusal, else `answered`. */
export function endOf({ drawn, outcome, status }: JournalEntry): string {
  if (drawn !== null) return drawn;
  if (outcome !== 'answered') return outcome;
  return status !== null && status >= 400 ? String(status) : 'answered';
}
