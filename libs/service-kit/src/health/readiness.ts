import { deadline } from '@lumenfall/async';

const CHECK_TIMEOUT_MS = 2_000;

/** Whether the service should be sent work: not before it has started, not once it is stopping, and only while its check passes. */
export class Readiness {
  #phase: 'starting' | 'running' | 'stopping' = 'starting';

  constructor(private readonly check: () => Promise<unknown>) {}

  started(): void {
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  stopping(): void {
    this.#phase = 'stopping';
  }

  /** Null when ready. */
  async reasonAgainst(): Promise<string | null> {
    if (this.#phase !== 'running') return this.#phase;
    try {
      await deadline(this.check(), CHECK_TIMEOUT_MS, () => {
        throw new Error(`the readiness check took longer than ${CHECK_TIMEOUT_MS} ms`);
      });
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
