import type { Logger } from '@lumenfall/service-kit';

const EVERY_MS = 60_000;

/** Removes what has expired about once a minute; jittered, because several gateways may share a store. */
export class ExpirySweep {
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    /** By the name of what goes; each answers how many went. */
    private readonly sweeps: Readonly<Record<string, () => Promise<number>>>,
    private readonly log: Logger,
  ) {}

  start(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#sweep(), EVERY_MS * (0.5 + Math.random()));
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
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
    this.start();
  }
}
