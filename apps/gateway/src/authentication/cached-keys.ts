import { systemClock, type Clock } from '@lumenfall/async';
import { LRUCache } from 'lru-cache';

export interface CachedKeysOptions<R> {
  /** Reads keys by their ids in one query; a key that does not exist is absent. */
  read(keyIds: readonly string[]): Promise<ReadonlyMap<string, R>>;
  /** Called if keys that are in use could not be read again. */
  onError(error: unknown): void;
  clock?: Clock;
}

interface Entry<R> {
  /** Null: there is no such key. */
  record: R | null;
  /** When the query started, Unix ms. */
  readAt: number;
}

/** A younger entry is not read again. */
const FRESH_MS = 1_000;
/** An older one is not used: so a revoked key is refused within two seconds. */
const MAX_AGE_MS = 1_900;
/** The same while the database does not answer; keys cannot be revoked then. */
const MAX_AGE_IN_OUTAGE_MS = 5_000;
/** The keys that are in use are read again together. */
const GATHER_MS = 250;
const MAX_KEYS = 10_000;

/**
 * The stored keys, cached. A key in steady use never waits for the database: it is read again in the background, in one
 * query with all others that are due, so a process makes at most four such queries a second, however many keys it has.
 */
export class CachedKeys<R> {
  readonly #entries = new LRUCache<string, Entry<R>>({ max: MAX_KEYS });
  readonly #clock: Clock;
  /** The ids of the next query. */
  #due = new Set<string>();
  #soon: Promise<ReadonlyMap<string, Entry<R>>> | null = null;
  #gathering = false;

  constructor(private readonly options: CachedKeysOptions<R>) {
    this.#clock = options.clock ?? systemClock;
  }

  /** Null: there is no such key. Rejects if it must be read and the database does not answer. */
  get(keyId: string): R | null | Promise<R | null> {
    const entry = this.#entries.get(keyId);
    const ageMs = entry === undefined ? Infinity : this.#clock.now() - entry.readAt;
    // A key that does not exist may be created at any moment.
    const maxAgeMs = entry?.record === null ? FRESH_MS : MAX_AGE_MS;
    if (entry === undefined || ageMs >= maxAgeMs) return this.#wait(keyId, entry);
    if (ageMs >= FRESH_MS) this.#readLater(keyId);
    return entry.record;
  }

  async #wait(keyId: string, known: Entry<R> | undefined): Promise<R | null> {
    this.#due.add(keyId);
    try {
      // Requests that arrive together share one query.
      this.#soon ??= new Promise((resolve) => setImmediate(resolve)).then(() => this.#read());
      return (await this.#soon).get(keyId)?.record ?? null;
    } catch (error) {
      if (known?.record && this.#clock.now() - known.readAt < MAX_AGE_IN_OUTAGE_MS) return known.record;
      throw error;
    }
  }

  #readLater(keyId: string): void {
    this.#due.add(keyId);
    if (this.#gathering) return;
    this.#gathering = true;
    const read = (): void => {
      this.#gathering = false;
      this.#read().catch((error: unknown) => this.options.onError(error));
    };
    this.#clock.schedule(GATHER_MS, read, { unref: true });
  }

  async #read(): Promise<ReadonlyMap<string, Entry<R>>> {
    const keyIds = [...this.#due];
    this.#due = new Set();
    this.#soon = null;
    const entries = new Map<string, Entry<R>>();
    if (keyIds.length === 0) return entries;
    const readAt = this.#clock.now();
    const records = await this.options.read(keyIds);
    for (const keyId of keyIds) {
      const entry = { record: records.get(keyId) ?? null, readAt };
      entries.set(keyId, entry);
      // Queries may overlap; the later one counts.
      if ((this.#entries.peek(keyId)?.readAt ?? 0) <= readAt) this.#entries.set(keyId, entry);
    }
    return entries;
  }
}
