import { setMaxListeners } from 'node:events';
import type { TimeLimits } from '../spec/time-limits.js';

export { GENERATION, QUICK, within, type TimeLimits } from '../spec/time-limits.js';

/** Why a clock stopped a call: the caller left, or the named phase took too long. */
export type AbortReason = 'cancelled' | 'connect' | 'first byte' | 'idle' | 'whole';

/**
 * The time limits of one call, and the caller's own signal, as one AbortSignal. A phase timer that is moved on costs less
 * than a signal per phase: this runs for every chat.
 */
export class CallClock {
  readonly #controller = new AbortController();
  readonly #whole: NodeJS.Timeout;
  #phase: NodeJS.Timeout;
  /** Set once, by whatever stopped the call first. */
  stopped: AbortReason | null = null;

  constructor(
    readonly limits: TimeLimits,
    private readonly caller: AbortSignal,
  ) {
    this.#whole = setTimeout(this.#stop, limits.wholeMs, 'whole');
    this.#phase = setTimeout(this.#stop, limits.connectMs, 'connect');
    // Many calls of one request may hang on its signal at once (ten images): no leak, and nothing to warn of.
    setMaxListeners(0, caller);
    if (caller.aborted) this.#stop('cancelled');
    else caller.addEventListener('abort', this.#cancel);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  connected(): void {
    this.#enter(this.limits.firstByteMs, 'first byte');
  }

  answered(): void {
    this.#enter(this.limits.idleMs, 'idle');
  }

  /** A piece of the body arrived. */
  alive(): void {
    this.#phase.refresh();
  }

  /** Ends all timers and forgets the caller's signal; to be called on every way out. */
  close(): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#phase);
    this.caller.removeEventListener('abort', this.#cancel);
  }

  #enter(ms: number, reason: AbortReason): void {
    clearTimeout(this.#phase);
    if (this.stopped === null) this.#phase = setTimeout(this.#stop, ms, reason);
  }

  readonly #cancel = (): void => this.#stop('cancelled');

  readonly #stop = (reason: AbortReason): void => {
    if (this.stopped !== null) return;
    this.stopped = reason;
    this.close();
    this.#controller.abort();
  };
}
