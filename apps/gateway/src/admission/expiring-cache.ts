interface Entry<V> {
  value: V;
  readAt: number;
}

export interface ExpiringCacheOptions<V> {
  /** Entries beyond it leave in the order of their last use. */
  maxEntries: number;
  /** How long a value is served without asking again, in ms. */
  freshMs(value: V): number;
  /** How much longer it is served while a newer one is fetched behind it; 0 makes every reader wait. */
  staleMs: number;
  now?: () => number;
}

/**
 * A bounded cache over one way to load: readers of one key share one load, and a failed load is never kept. Values are
 * returned at once where there is one, so that a hot path pays no promise.
 */
export class ExpiringCache<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #loading = new Map<string, Promise<V>>();
  readonly #now: () => number;

  constructor(
    private readonly load: (key: string) => Promise<V>,
    private readonly options: ExpiringCacheOptions<V>,
  ) {
    this.#now = options.now ?? Date.now;
  }

  get(key: string): V | Promise<V> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return this.#fetch(key);
    this.#entries.delete(key);
    this.#entries.set(key, entry); // last used
    const age = this.#now() - entry.readAt;
    const fresh = this.options.freshMs(entry.value);
    if (age <= fresh) return entry.value;
    if (age > fresh + this.options.staleMs) return this.#fetch(key);
    // The next reader past the stale time meets the failure itself.
    this.#fetch(key).catch(() => undefined);
    return entry.value;
  }

  /** The last value, however old. */
  peek(key: string): { value: V; ageMs: number } | null {
    const entry = this.#entries.get(key);
    return entry === undefined ? null : { value: entry.value, ageMs: this.#now() - entry.readAt };
  }

  #fetch(key: string): Promise<V> {
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const loading = this.load(key)
      .then((value) => {
        this.#keep(key, value);
        return value;
      })
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  #keep(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, readAt: this.#now() });
    if (this.#entries.size <= this.options.maxEntries) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
