import { setMaxListeners } from 'node:events';
import type { TimeLimits } from '../spec/index.js';

export { GENERATION, QUICK, within, type TimeLimits } from '../spec/index.js';

/** Why a call was aborted: by its caller, or because the named phase took too long. */
export type AbortReason = 'cancelled' | 'connect' | 'first byte' | 'idle' | 'whole';

/**
 * The time limits of one call and the caller's signal as one AbortSignal. One timer per call that is set anew for each
 * phase costs less than a signal per phase: this runs for every chat.
 */
export class CallClock {
  readonly #controller = new AbortController();
  readonly #whole: NodeJS.Timeout;
  #phase: NodeJS.Timeout;
  /** The first reason for an abort; null while there is none. */
  abortedBy: AbortReason | null = null;

  constructor(
    readonly limits: TimeLimits,
    private readonly caller: AbortSignal,
  ) {
    this.#whole = setTimeout(this.#abort, limits.wholeMs, 'whole');
    this.#phase = setTimeout(this.#abort, limits.connectMs, 'connect');
    // Ten images of one request listen to the same signal: Node would warn of a leak.
    setMaxListeners(0, caller);
    if (caller.aborted) this.#abort('cancelled');
    else caller.addEventListener('abort', this.#cancel);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Must be called when the connection is established: the limit for the first byte begins. */
  connected(): void {
    this.#enter(this.limits.firstByteMs, 'first byte');
  }

  /** Must be called when the headers of the answer have arrived: the limit between two pieces of the body begins. */
  answered(): void {
    this.#enter(this.limits.idleMs, 'idle');
  }

  /** Must be called for each piece of the body. */
  alive(): void {
    this.#phase.refresh();
  }

  /** Ends all timers and removes the listener from the caller's signal. Must be called on every path out of a call. */
  close(): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#phase);
    this.caller.removeEventListener('abort', this.#cancel);
  }

  #enter(ms: number, reason: AbortReason): void {
    clearTimeout(this.#phase);
    if (this.abortedBy === null) this.#phase = setTimeout(this.#abort, ms, reason);
  }

  readonly #cancel = (): void => this.#abort('cancelled');

  readonly #abort = (reason: AbortReason): void => {
    if (this.abortedBy !== null) return;
    this.abortedBy = reason;
    this.close();
    this.#controller.abort();
  };
}
