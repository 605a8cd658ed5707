import { systemClock, type Clock } from '@lumenfall/async';
import { LRUCache } from 'lru-cache';

const EVERY_MS = 60_000;
const GATHER_MS = 1_000;
const MAX_KEYS = 10_000;

/** Stores the time of a key's last use: once a minute per key, in one statement for all keys of a second. */
export class KeyUses {
  readonly #storedAt = new LRUCache<string, number>({ max: MAX_KEYS });
  #pending = new Set<string>();

  constructor(
    private readonly store: (keyIds: readonly string[]) => Promise<void>,
    private readonly onError: (error: unknown) => void,
    private readonly clock: Clock = systemClock,
  ) {}

  mark(keyId: string): void {
    const now = this.clock.now();
    if (now - (this.#storedAt.get(keyId) ?? -Infinity) < EVERY_MS) return;
    this.#storedAt.set(keyId, now);
    if (this.#pending.size === 0) this.clock.schedule(GATHER_MS, () => this.#flush(), { unref: true });
    this.#pending.add(keyId);
  }

  #flush(): void {
    const keyIds = [...this.#pending];
    this.#pending = new Set();
    this.store(keyIds).catch(this.onError);
  }
}
