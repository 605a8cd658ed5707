/** How long each phase of a call may take, in ms. */
export interface TimeLimits {
  /** Name look-up, TCP and TLS. */
  connectMs: number;
  /** From the request sent to the answer's headers. */
  firstByteMs: number;
  /** Between two pieces of the answer's body; for a job that is asked after, between two answers. */
  idleMs: number;
  /** The whole call, body included; for work that takes several calls, all of them together. */
  wholeMs: number;
}

/** The shorter of two in each phase: for the short steps of a longer piece of work. */
export function within(limits: TimeLimits, most: TimeLimits): TimeLimits {
  return {
    connectMs: Math.min(limits.connectMs, most.connectMs),
    firstByteMs: Math.min(limits.firstByteMs, most.firstByteMs),
    idleMs: Math.min(limits.idleMs, most.idleMs),
    wholeMs: Math.min(limits.wholeMs, most.wholeMs),
  };
}

/** A question, or a step of a protocol with many. */
export const QUICK: TimeLimits = { connectMs: 5_000, firstByteMs: 30_000, idleMs: 30_000, wholeMs: 60_000 };
/** A call that answers with what was asked for. */
export const GENERATION: TimeLimits = { connectMs: 5_000, firstByteMs: 300_000, idleMs: 120_000, wholeMs: 600_000 };
