import type { CallOutcome } from '@lumenfall/routing';

interface ToldOutcome {
  outcome: CallOutcome;
  /** Unix ms */
  at: number;
}

/** How one kind of entry is read, written, and changed by outcomes. */
export interface EntryKind<H> {
  unknown: H;
  /** Null for what this version cannot read. */
  read(text: string): H | null;
  after(health: H, outcome: CallOutcome, at: number): H;
}

/** So many outcomes wait for a board that does not answer; then the older half stays with this process alone. */
const MOST_WAITING = 500;

/** One entry of the board as this process knows it: what the board said last, and on top of it what happened here since. */
export class KnownEntry<H> {
  #text: string | null = null;
  #base: H;
  #waiting: ToldOutcome[] = [];
  /** What to choose by. */
  now: H;

  constructor(private readonly kind: EntryKind<H>) {
    this.#base = this.now = kind.unknown;
  }

  /** Something happened here that the board has not been told. */
  get isDirty(): boolean {
    return this.#waiting.length > 0;
  }

  tell(outcome: CallOutcome, at: number): void {
    this.#waiting.push({ outcome, at });
    this.now = this.kind.after(this.now, outcome, at);
    if (this.#waiting.length <= MOST_WAITING) return;
    this.#base = this.#with(this.#base, this.#waiting.splice(0, MOST_WAITING / 2));
  }

  /** The board's text of this entry, null where it has none. */
  heard(text: string | null): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#base = this.#read(text);
    this.now = this.#with(this.#base, this.#waiting);
  }

  /** Has `update` put what happened here on top of what the board says; it stays here until that has been done. */
  async flush(update: (change: (text: string | null) => string) => Promise<string>): Promise<void> {
    const told = [...this.#waiting];
    const text = await update((current) => JSON.stringify(this.#with(this.#read(current), told)));
    const done = new Set(told);
    this.#waiting = this.#waiting.filter((outcome) => !done.has(outcome));
    this.#text = null;
    this.heard(text);
  }

  #read(text: string | null): H {
    return text === null ? this.kind.unknown : (this.kind.read(text) ?? this.kind.unknown);
  }

  #with(health: H, outcomes: readonly ToldOutcome[]): H {
    return outcomes.reduce((known, { outcome, at }) => this.kind.after(known, outcome, at), health);
  }
}
