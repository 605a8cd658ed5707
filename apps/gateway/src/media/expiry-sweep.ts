import { startPeriodicTask, type PeriodicTask } from '@lumenfall/async';
import type { Logger } from '@lumenfall/service-kit';

const EVERY_MS = 60_000;

/** Removes expired files and rows about once a minute. Jittered, because several gateways may share a store. */
export class ExpirySweep {
  #task: PeriodicTask | undefined;

  constructor(
    /** By the name of what is removed; each returns how many were. */
    private readonly sweeps: Readonly<Record<string, () => Promise<number>>>,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.#task ??= startPeriodicTask(() => this.#sweep(), {
      everyMs: () => EVERY_MS * (0.5 + Math.random()),
      onError: (error) => this.log.error({ err: error }, 'the expiry sweep failed'),
      unref: true,
    });
  }

  async close(): Promise<void> {
    await this.#task?.close();
  }

  async #sweep(): Promise<void> {
    for (const [what, sweep] of Object.entries(this.sweeps)) {
      try {
        const removed = await sweep();
        if (removed > 0) this.log.info({ removed }, `removed expired ${what}`);
      } catch (error) {
        this.log.error({ err: error }, `expired ${what} could not be removed`);
      }
    }
  }
}
