import { systemClock, type Clock } from './clock.js';

export interface BatchLimits<T> {
  /** Items per batch. A batch this large starts as soon as `concurrency` allows. */
  maxSize: number;
  /** How long a smaller batch waits for more items, in ms. Default 0: it starts as soon as `concurrency` allows. */
  maxWaitMs?: number;
  /** Batches running at the same time. Default 1. */
  concurrency?: number;
  /** Bounds the total weight of a batch; an item heavier than `max` makes a batch of its own. */
  weight?: { of(item: T): number; max: number };
}

/**
 * Fulfils with one result per item, in their order, or with nothing if all items succeeded. A rejection fails all
 * items.
 */
export type BatchWork<T> = (items: readonly T[]) => Promise<readonly PromiseSettledResult<void>[] | void>;

interface Waiting<T> {
  item: T;
  settle(result: PromiseSettledResult<void>): void;
}

const DONE: PromiseSettledResult<void> = { status: 'fulfilled', value: undefined };

/**
 * Turns many single calls into few calls of `work`. While `concurrency` batches are running, the next batch grows:
 * under load batches get larger and each item costs less. Items keep their order.
 */
export class Batcher<T> {
  #waiting: Waiting<T>[] = [];
  #running = 0;
  /** Whether the oldest waiting item has waited for `maxWaitMs`. */
  #due = false;
  #cancelTimer: (() => void) | null = null;

  constructor(
    private readonly work: BatchWork<T>,
    private readonly limits: BatchLimits<T>,
    private readonly clock: Clock = systemClock,
  ) {}

  /** True if no item is waiting or being worked on. */
  get idle(): boolean {
    return this.#running === 0 && this.#waiting.length === 0;
  }

  /** Fulfils when the item's batch has ended, rejects with the item's own failure. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (result: PromiseSettledResult<void>): void =>
        result.status === 'fulfilled' ? resolve() : reject(result.reason);
      this.#waiting.push({ item, settle });
      this.#start();
    });
  }

  #start(): void {
    const { maxSize, maxWaitMs = 0, concurrency = 1 } = this.limits;
    const mayStart = (): boolean => maxWaitMs === 0 || this.#due || this.#waiting.length >= maxSize;
    while (this.#waiting.length > 0 && this.#running < concurrency && mayStart()) {
      this.#due = false;
      void this.#run(this.#takeBatch());
    }
    if (this.#waiting.length === 0 || this.#due || maxWaitMs === 0) return;
    this.#cancelTimer ??= this.clock.schedule(maxWaitMs, () => {
      this.#cancelTimer = null;
      this.#due = this.#waiting.length > 0;
      this.#start();
    });
  }

  #takeBatch(): Waiting<T>[] {
    const { maxSize, weight } = this.limits;
    if (weight === undefined) return this.#waiting.splice(0, maxSize);
    let total = 0;
    const fit = this.#waiting.findIndex(({ item }) => (total += weight.of(item)) > weight.max);
    return this.#waiting.splice(0, Math.min(maxSize, fit === -1 ? this.#waiting.length : Math.max(1, fit)));
  }

  async #run(batch: Waiting<T>[]): Promise<void> {
    this.#running += 1;
    try {
      const results = await this.work(batch.map(({ item }) => item));
      for (const [index, { settle }] of batch.entries()) {
        settle(results ? (results[index] ?? missingResult()) : DONE);
      }
    } catch (reason) {
      for (const { settle } of batch) settle({ status: 'rejected', reason });
    }
    this.#running -= 1;
    this.#start();
  }
}

function missingResult(): PromiseSettledResult<void> {
  return { status: 'rejected', reason: new Error('The batch returned no result for this item') };
}
