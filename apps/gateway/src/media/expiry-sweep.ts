import type { MediaStore } from '@lumenfall/media';
import type { Logger } from '@lumenfall/service-kit';

const EVERY_MS = 60_000;

/** Removes expired files about once a minute; jittered, because several gateways may share a folder. */
export class ExpirySweep {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly media: Pick<MediaStore, 'sweep'>,
    private readonly log: Logger,
  ) {}

  start(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#sweep(), EVERY_MS * (0.5 + Math.random()));
    this.#timer.unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #sweep(): Promise<void> {
    try {
      const removed = await this.media.sweep(Date.now());
      if (removed > 0) this.log.info({ removed }, 'removed expired files');
    } catch (error) {
      this.log.error({ err: error }, 'expired files could not be removed');
    }
    this.start();
  }
}
