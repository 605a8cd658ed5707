/** How long a command of the request path may take before it counts as failed. */
export const COMMAND_DEADLINE_MS = 2_000;

/** The least throughput assumed for a large job, on a slow engine. */
export const BYTES_PER_MS = 1_000;

/** The same for what a process does once, at start. */
export const OPEN_DEADLINE_MS = 20_000;

/** Length of BullMQ's own event stream, which is not read. */
export const EVENTS_KEPT = 10;

/** Jobs that were given up, kept per queue; `age` in seconds. */
export const FAILED_KEPT = { count: 1_000, age: 7 * 24 * 3600 };

/** An entry of the shared state expires this long after its last write. */
export const STATE_ENTRY_MS = 24 * 3600 * 1000;

/** How long a handler may take to end after its signal was aborted. */
export const SETTLE_MS = 5_000;

/** The same at shutdown. */
export const HAND_BACK_MS = 2_000;

/** A job that stalled more often is given up: it probably kills its workers. */
export const MAX_STALLS = 1;

/** How long after a failed `onAbandoned` it is called again. */
export const ABANDON_RETRY_MS = 1_000;

/** After it, a process exits even if the engine does not answer. */
export const CLOSE_DEADLINE_MS = 5_000;
