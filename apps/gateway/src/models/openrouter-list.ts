import { readOpenRouterModels, type ProviderEndpoint } from '@lumenfall/providers';
import { LOG, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { PROVIDER_ENDPOINTS } from '../tokens.js';
import { LiveCatalog } from './live-catalog.js';

const EVERY_MS = 3_600_000;
const FIRST_RETRY_MS = 15_000;

/**
 * Keeps OpenRouter's list of models in the catalog, if OpenRouter is configured. The list is read at start, in the
 * background, and about once an hour. If it cannot be read, the last one stays.
 */
@Injectable()
export class OpenRouterList {
  readonly #endpoint: ProviderEndpoint | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reading: AbortController | null = null;
  #failures = 0;
  #closed = false;

  constructor(
    @Inject(PROVIDER_ENDPOINTS) endpoints: readonly ProviderEndpoint[],
    @Inject(LiveCatalog) private readonly catalog: Pick<LiveCatalog, 'list'>,
    @Inject(LOG) private readonly log: Logger,
  ) {
    this.#endpoint = endpoints.find(({ provider }) => provider === 'openrouter');
  }

  /** Reads the list now, unless a read is running. */
  refresh(): void {
    const endpoint = this.#endpoint;
    if (endpoint === undefined || this.#reading !== null || this.#closed) return;
    clearTimeout(this.#timer);
    const reading = (this.#reading = new AbortController());
    void this.#read(endpoint, reading.signal).then((waitMs) => {
      this.#reading = null;
      if (this.#closed) return;
      // Jitter: gateways that start together do not read the list at the same time.
      this.#timer = setTimeout(() => this.refresh(), waitMs * (0.9 + Math.random() * 0.2));
      this.#timer.unref();
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#reading?.abort();
  }

  /** @returns after how many ms to read again */
  async #read(endpoint: ProviderEndpoint, signal: AbortSignal): Promise<number> {
    const read = await readOpenRouterModels(endpoint, signal);
    if (this.#closed) return EVERY_MS;
    if (read.ok) {
      this.#failures = 0;
      this.catalog.list(read.value);
      this.log.info({ models: read.value.length }, 'read the list of models of OpenRouter');
      return EVERY_MS;
    }
    const { message, status } = read.error;
    this.log.warn(
      { status },
      `could not read the list of models of OpenRouter, the previous list stays in use: ${message}`,
    );
    return Math.min(EVERY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
  }
}
