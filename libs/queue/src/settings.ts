/** How long a command of the request path may take before it counts as failed. */
export const COMMAND_DEADLINE_MS = 2_000;

/** How much of a large job an engine takes at least, where everything else is slow, too. */
export const BYTES_PER_MS = 1_000;

/** The same for what a process does once, at its start. */
export const OPEN_DEADLINE_MS = 10_000;

/** BullMQ's own event stream; nobody reads it, so it is kept as short as it can be. */
export const EVENTS_KEPT = 10;

/** What stays of jobs that were given up, per queue. */
export const FAILED_KEPT = { count: 1_000, age: 7 * 24 * 3600 };

/** An entry of the shared board that nobody wrote for so long is forgotten. */
export const BOARD_ENTRY_MS = 24 * 3600 * 1000;

/** How long a handler whose signal was aborted may take to end by itself. */
export const SETTLE_MS = 5_000;

/** The same when the process is leaving. */
export const HAND_BACK_MS = 2_000;

/** A job whose workers died this often is given up: it is probably what kills them. */
export const MAX_STALLS = 1;

/** When telling that a job was given up fails, it is told again after this. */
export const TELL_AGAIN_MS = 1_000;

/** An engine that hangs does not keep a process from leaving. */
export const CLOSE_DEADLINE_MS = 5_000;
