import type { Clock } from '@lumenfall/async';

/** A clock that only moves when a test advances it. */
export class ManualClock implements Clock {
  #now: number;
  #timers: { at: number; callback: () => void }[] = [];

  /** @param now Unix ms */
  constructor(now: number = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  schedule(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
  }

  /** Timers that have not fired and were not cancelled. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Moves the time on; due timers fire in their order, and promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let timer = this.#nextUntil(end); timer !== undefined; timer = this.#nextUntil(end)) {
      const fired = timer;
      this.#timers = this.#timers.filter((each) => each !== fired);
      this.#now = Math.max(this.#now, fired.at);
      fired.callback();
      await settled();
    }
    this.#now = end;
  }

  #nextUntil(end: number): { at: number; callback: () => void } | undefined {
    const [first] = this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
    return first;
  }
}

/** Lets every promise settle that can without time passing. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
