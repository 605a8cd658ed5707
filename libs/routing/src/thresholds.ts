/**
 * The figures that providers are judged by; docs/decisions/11-choosing.md gives the reasons. They are not settings:
 * each depends on the others.
 */

/** The weight of one call in a decaying average: about the last twenty calls count. */
export const AVERAGE_PART = 0.05;

/** A breaker opens when consecutive failures reach this many strikes ... */
export const STRIKES_TO_OPEN = 10;
/** ... of which a timeout gives several, because each kept a client waiting. */
export const STRIKES_OF: Readonly<Partial<Record<string, number>>> = { transient: 1, timeout: 3, ambiguous: 3 };
/** Or when the success rate falls below this, after at least `CALLS_TO_JUDGE` calls. */
export const SUCCESS_TO_STAY_CLOSED = 0.25;
export const CALLS_TO_JUDGE = 20;

/** How long a breaker stays open before the first probe. */
export const FIRST_OPEN_MS = 1_000;
/** How long before the next probe after one that failed: short, so that a recovery is noticed within seconds. */
export const LATER_OPEN_MS = 2_000;
/** At most one probe of an open breaker within this time, over all workers. */
export const PROBE_LEASE_MS = 1_000;
/** How long the next probe waits for the outcome of one that is running. */
export const PROBE_HOLD_MS = 2_000;

/** The rest after a rate limit without `Retry-After`. */
export const DEFAULT_REST_MS = 1_000;
export const LONGEST_REST_MS = 60_000;

/** How long a refused credential is not used. */
export const DISABLED_MS = 300_000;
/** Until then it is tried only if no other candidate is left, once within this time over all workers. */
export const DISABLED_LEASE_MS = 10_000;

/** Calls of one request, rounds and hedges included. */
export const MOST_ATTEMPTS = 8;
/** How often one request tries an offering whose failures may be temporary. */
export const MOST_ROUNDS = 5;
/** The pause before a second round, doubled before each further one. */
export const AGAIN_PAUSE_MS = { least: 50, most: 250 };
/** How long a request waits each time for a candidate that rests or is open, if no other is left. */
export const LONGEST_WAIT_MS = 2_000;
export const LOOK_AGAIN_MS = 100;
/** All pauses and waits of one request together. */
export const PATIENCE_MS = 6_000;
