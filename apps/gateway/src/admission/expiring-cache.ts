import { LRUCache } from 'lru-cache';

export interface ExpiringCacheOptions<V> {
  /** The least recently used entries beyond it are removed. */
  maxEntries: number;
  /** How long a value is served without loading it again, in ms. */
  freshMs(value: V): number;
  /** How much longer it is served while a newer one is loaded in the background, in ms; 0 makes every reader wait. */
  staleMs: number;
  now?: () => number;
}

interface Entry<V> {
  value: V;
  freshMs: number;
}

/**
 * `lru-cache` with two additions: a cached value is returned without a promise, and a stale one for a limited time
 * only. Readers of one key share one load; a failed load is not kept.
 */
export class ExpiringCache<V> {
  readonly #entries: LRUCache<string, Entry<V>>;

  constructor(
    load: (key: string) => Promise<V>,
    private readonly options: ExpiringCacheOptions<V>,
  ) {
    this.#entries = new LRUCache<string, Entry<V>>({
      max: options.maxEntries,
      ttl: 1,
      ttlResolution: 0,
      perf: { now: options.now ?? Date.now },
      allowStale: true,
      noDeleteOnStaleGet: true,
      noDeleteOnFetchRejection: true,
      fetchMethod: async (key, _stale, { options: fetched }) => {
        const value = await load(key);
        const freshMs = options.freshMs(value);
        fetched.ttl = freshMs;
        return { value, freshMs };
      },
    });
  }

  get(key: string): V | Promise<V> {
    const entry = this.#entries.get(key);
    const remainingMs = this.#entries.getRemainingTTL(key);
    if (entry !== undefined && remainingMs >= 0) return entry.value;
    const loading = this.#entries.forceFetch(key, { allowStale: false }).then(({ value }) => value);
    if (entry === undefined || remainingMs < -this.options.staleMs) return loading;
    // A reader that comes after the stale time gets the failure.
    loading.catch(() => undefined);
    return entry.value;
  }

  /** The last value, however old; null if there is none. */
  peek(key: string): { value: V; ageMs: number } | null {
    const entry = this.#entries.peek(key);
    if (entry === undefined) return null;
    return { value: entry.value, ageMs: entry.freshMs - this.#entries.getRemainingTTL(key) };
  }
}
