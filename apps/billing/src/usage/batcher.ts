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
  /** Whether the oldest item has waited its time. */
  private due = false;
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
      this.start();
    });
  }

  /** Begins what may begin: full batches at once, the others when they are due. */
  private start(): void {
    const { concurrency, maxSize, maxWaitMs } = this.limits;
    while (this.running < concurrency && (this.waiting.length >= maxSize || (this.due && this.waiting.length > 0))) {
      this.due = false;
      void this.run(this.waiting.splice(0, maxSize));
    }
    if (this.waiting.length === 0 || this.due) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.due = this.waiting.length > 0;
      this.start();
    }, maxWaitMs);
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
