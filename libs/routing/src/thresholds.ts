/**
 * The figures by which providers are judged; docs/decisions/11-choosing.md says why these. They are not settings: each
 * depends on the others, and the tests that show the whole working were made with them.
 */

/** The part that one call has in a decaying average: the last twenty calls or so are what is seen. */
export const AVERAGE_PART = 0.05;

/** A breaker opens when failures in a row have come to so many strikes ... */
export const STRIKES_TO_OPEN = 10;
/** ... a timeout being worth several, because each has kept a client waiting. */
export const STRIKES_OF: Readonly<Partial<Record<string, number>>> = { transient: 1, timeout: 3, ambiguous: 3 };
/** Or when the average of success falls below this, after enough calls to mean something. */
export const SUCCESS_TO_STAY_CLOSED = 0.25;
export const CALLS_TO_JUDGE = 20;

/** How long a breaker stays open before one call is let through, first, and after a call that was let through failed. */
export const FIRST_OPEN_MS = 1_000;
/** At most this, so that a provider's return is seen within seconds. */
export const LATER_OPEN_MS = 2_000;
/** Calls at an open breaker, over all workers: one within this. */
export const PROBE_LEASE_MS = 1_000;
/** While one is under way, the next waits for it at most so long. */
export const PROBE_HOLD_MS = 2_000;

/** A provider that limits us without saying for how long is left alone for this. */
export const DEFAULT_REST_MS = 1_000;
export const LONGEST_REST_MS = 60_000;

/** How long a credential that was refused is not used. */
export const DISABLED_MS = 300_000;
/** Until then it is tried only where nothing else is left: once within this, over all workers. */
export const DISABLED_LEASE_MS = 10_000;

/** Calls of one request, all rounds and hedges together. */
export const MOST_ATTEMPTS = 8;
/** How often one offering is asked by one request, where its failures may be gone a moment later. */
export const MOST_ROUNDS = 5;
/** The pause before a second round, doubled before each further one. */
export const AGAIN_PAUSE_MS = { least: 50, most: 250 };
/** How long a request waits for a stop that rests or is open, each time, where no other is left. */
export const LONGEST_WAIT_MS = 2_000;
export const LOOK_AGAIN_MS = 100;
/** All pauses and waits of one request together. */
export const PATIENCE_MS = 6_000;
