import { deadline } from '@lumenfall/async';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** The process's only registry, in Prometheus' text format on `GET /metrics`. */
export const metrics = new Registry();
collectDefaultMetrics({ register: metrics });

const CHECK_TIMEOUT_MS = 2_000;

/** Whether the service can take work: it has started, is not closing, and its check passes. */
export class Readiness {
  #phase: 'starting' | 'running' | 'closing' = 'starting';

  constructor(private readonly check: () => Promise<unknown>) {}

  started(): void {
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  closing(): void {
    this.#phase = 'closing';
  }

  /** Why the service is not ready; null if it is. */
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
