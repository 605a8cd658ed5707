export interface BatchLimits {
  /** A batch this large starts at once. */
  maxSize: number;
  /** A smaller one starts after this long. */
  maxWaitMs: number;
  /** Batches at work at the same time. */
  concurrency: number;
}

/** How each item of a batch ended, in the order of the items. */
export type BatchWork<T> = (items: readonly T[]) => Promise<PromiseSettledResult<void>[]>;

interface Waiting<T> {
  item: T;
  settle: (result: PromiseSettledResult<void>) => void;
}

/**
 * Turns many single calls into few common ones. While the batches allowed are at work, the next one grows: the busier
 * it gets, the less each item costs.
 */
export class Batcher<T> {
  private waiting: Waiting<T>[] = [];
  private running = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly work: BatchWork<T>,
    private readonly limits: BatchLimits,
  ) {}

  /** Resolves when the item's batch has done it, rejects with the item's own failure. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (result: PromiseSettledResult<void>): void =>
        result.status === 'fulfilled' ? resolve() : reject(result.reason as Error);
      this.waiting.push({ item, settle });
      if (this.waiting.length >= this.limits.maxSize) this.start();
      else this.timer ??= setTimeout(() => this.start(), this.limits.maxWaitMs);
    });
  }

  private start(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.running < this.limits.concurrency && this.waiting.length > 0) {
      void this.run(this.waiting.splice(0, this.limits.maxSize));
    }
  }

  private async run(batch: Waiting<T>[]): Promise<void> {
    this.running += 1;
    const items = batch.map(({ item }) => item);
    const results = await this.work(items).catch((reason: unknown) =>
      items.map(() => ({ status: 'rejected' as const, reason })),
    );
    for (const [index, { settle }] of batch.entries()) {
      settle(results[index] ?? { status: 'rejected', reason: new Error('The batch gave no result for this item') });
    }
    this.running -= 1;
    this.start();
  }
}
