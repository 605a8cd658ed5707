interface Waiting<T> {
  item: T;
  settle(error: Error | null): void;
}

/** Sends items; one result per item, in their order: null, or why it failed. Rejects if all failed. */
export type SendAll<T> = (items: readonly T[]) => Promise<readonly (Error | null)[]>;

/**
 * Gathers the items of one turn of the event loop and sends them together. Unlike `Batcher` it does not wait for the
 * answer to the previous items: a connection takes the next ones meanwhile.
 */
export class TurnPipeline<T> {
  #waiting: Waiting<T>[] = [];

  constructor(private readonly sendAll: SendAll<T>) {}

  /** Fulfils when the item was sent, rejects with its own failure. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null): void => (error === null ? resolve() : reject(error));
      if (this.#waiting.push({ item, settle }) === 1) setImmediate(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const items = this.#waiting;
    this.#waiting = [];
    try {
      const results = await this.sendAll(items.map(({ item }) => item));
      for (const [index, { settle }] of items.entries()) settle(results[index] ?? null);
    } catch (error) {
      for (const { settle } of items) settle(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
