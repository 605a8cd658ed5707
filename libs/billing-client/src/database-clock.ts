/**
 * The clock of billing's database, as this process estimates it from billing's answers. The database's time in an
 * answer lies between sending and receiving: that bounds the offset of the two clocks, and the estimate moves only if
 * it is outside of the bounds. It starts with the clock of this machine.
 */
export class DatabaseClock {
  #offsetMs = 0;

  /** Unix ms at the database when it is `here` on this machine. */
  at(here: number): number {
    return here + this.#offsetMs;
  }

  /** @param now the database's time in an answer; all Unix ms */
  correct(now: number, { sentAt, receivedAt }: { sentAt: number; receivedAt: number }): void {
    this.#offsetMs = Math.min(Math.max(this.#offsetMs, now - receivedAt), now - sentAt);
  }
}
