import { startPeriodicTask, type PeriodicTask } from '@lumenfall/async';
import type { PriceOverrides } from '@lumenfall/catalog';
import type { Logger } from '@lumenfall/service-kit';
import type { LiveCatalog } from './live-catalog.js';

/** A new price list applies within this time. */
const EVERY_MS = 2_000;

/**
 * Keeps the imported prices in the catalog: reads them at start and every two seconds. While they cannot be read, the
 * last ones stay in use; until they have been read once, no request can be planned.
 */
export class ImportedPrices {
  #task: PeriodicTask | undefined;
  /** Of the prices in use; null until they have been read. */
  #versions: string | null = null;
  #isFailing = false;

  constructor(
    private readonly read: () => Promise<PriceOverrides>,
    private readonly catalog: Pick<LiveCatalog, 'price'>,
    private readonly log: Logger,
  ) {}

  /** False until the prices have been read: requests would be charged at wrong prices. */
  areKnown(): boolean {
    return this.#versions !== null;
  }

  async start(): Promise<void> {
    await this.refresh();
    this.#task ??= startPeriodicTask(() => this.refresh(), {
      everyMs: EVERY_MS,
      onError: (error) => this.log.error({ err: error }, 'imported prices could not be applied'),
      unref: true,
    });
  }

  /** Reads the prices now. A failure is logged. */
  async refresh(): Promise<void> {
    let prices: PriceOverrides;
    try {
      prices = await this.read();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.log.error({ err: error }, 'imported prices could not be read; the last ones apply');
      this.#isFailing = true;
      return;
    }
    const versions = JSON.stringify([...prices].map(([offering, { version }]) => [offering, version]).sort());
    if (versions === this.#versions) return;
    this.catalog.price(prices);
    this.#versions = versions;
  }

  async close(): Promise<void> {
    await this.#task?.close();
  }
}
