import { readOpenRouterModels, type ProviderEndpoint } from '@lumenfall/providers';
import type { Logger } from '@lumenfall/service-kit';
import type { LiveCatalog } from './live-catalog.js';

const EVERY_MS = 3_600_000;
const FIRST_RETRY_MS = 15_000;

/**
 * Keeps OpenRouter's list of models beneath the catalog: read at start, behind everything else, and about once an hour. When it
 * cannot be read, the last one stays.
 */
export class OpenRouterList {
  #timer: NodeJS.Timeout | undefined;
  #reading: AbortController | null = null;
  #failures = 0;
  #stopped = false;

  constructor(
    private readonly endpoint: ProviderEndpoint,
    private readonly catalog: Pick<LiveCatalog, 'list'>,
    private readonly log: Logger,
  ) {}

  /** Reads it now. At most one reading runs at a time. */
  refresh(): void {
    if (this.#reading !== null || this.#stopped) return;
    clearTimeout(this.#timer);
    const reading = (this.#reading = new AbortController());
    void this.#read(reading.signal).then((waitMs) => {
      this.#reading = null;
      if (this.#stopped) return;
      // Gateways that were started together need not ask together.
      this.#timer = setTimeout(() => this.refresh(), waitMs * (0.9 + Math.random() * 0.2));
      this.#timer.unref();
    });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#reading?.abort();
  }

  /** In how many ms to read again. */
  async #read(signal: AbortSignal): Promise<number> {
    const read = await readOpenRouterModels(this.endpoint, signal);
    if (this.#stopped) return EVERY_MS;
    if (read.ok) {
      this.#failures = 0;
      this.catalog.list(read.value);
      this.log.info({ models: read.value.length }, "OpenRouter's list of models was read");
      return EVERY_MS;
    }
    const { message, status } = read.failure;
    this.log.warn({ status }, `OpenRouter's list of models was not read, the last one stays: ${message}`);
    return Math.min(EVERY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
  }
}
