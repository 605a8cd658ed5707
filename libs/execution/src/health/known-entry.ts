import type { CallOutcome } from '@lumenfall/routing';

interface ReportedOutcome {
  outcome: CallOutcome;
  /** Unix ms */
  at: number;
}

/** How entries of one kind are parsed and changed by outcomes. */
export interface EntryKind<H> {
  unknown: H;
  /** Null if this version cannot read the text. */
  read(text: string): H | null;
  after(health: H, outcome: CallOutcome, at: number): H;
}

/** Outcomes that wait while the shared state is unreachable; beyond it, the older half is never shared. */
const MAX_WAITING = 500;

/** A local copy of one entry of the shared state: the last shared value, and the outcomes in this process since. */
export class KnownEntry<H> {
  #text: string | null = null;
  #base: H;
  #waiting: ReportedOutcome[] = [];
  /** The shared value with the outcomes of this process applied. */
  now: H;

  constructor(private readonly kind: EntryKind<H>) {
    this.#base = this.now = kind.unknown;
  }

  /** Whether outcomes have not been shared yet. */
  get isDirty(): boolean {
    return this.#waiting.length > 0;
  }

  report(outcome: CallOutcome, at: number): void {
    this.#waiting.push({ outcome, at });
    this.now = this.kind.after(this.now, outcome, at);
    if (this.#waiting.length <= MAX_WAITING) return;
    this.#base = this.#with(this.#base, this.#waiting.splice(0, MAX_WAITING / 2));
  }

  /** Takes the shared text of this entry, null if there is none. */
  receive(text: string | null): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#base = this.#read(text);
    this.now = this.#with(this.#base, this.#waiting);
  }

  /** Applies the outcomes of this process to the shared value through `update`; they are kept until it fulfils. */
  async flush(update: (change: (text: string | null) => string) => Promise<string>): Promise<void> {
    const shared = [...this.#waiting];
    const text = await update((current) => JSON.stringify(this.#with(this.#read(current), shared)));
    const done = new Set(shared);
    this.#waiting = this.#waiting.filter((outcome) => !done.has(outcome));
    this.#text = null;
    this.receive(text);
  }

  #read(text: string | null): H {
    return text === null ? this.kind.unknown : (this.kind.read(text) ?? this.kind.unknown);
  }

  #with(health: H, outcomes: readonly ReportedOutcome[]): H {
    return outcomes.reduce((known, { outcome, at }) => this.kind.after(known, outcome, at), health);
  }
}
