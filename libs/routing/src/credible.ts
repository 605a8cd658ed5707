/** What clocks that are kept differ by at most. */
const SKEW_MS = 5_000;

/**
 * The end of a wait that another worker wrote down, which may have another time of day: one that lies further ahead than any
 * wait can has come from a clock that is wrong, and is over.
 *
 * @param until Unix ms
 */
export function credible(until: number, longestMs: number, now: number): number {
  return until - now > longestMs + SKEW_MS ? 0 : until;
}
