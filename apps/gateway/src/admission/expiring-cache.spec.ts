import { ExpiringCache } from './expiring-cache.js';

function cacheOf(options: { staleMs?: number; maxEntries?: number } = {}) {
  let now = 1_000;
  const loads: string[] = [];
  let failing = false;
  const cache = new ExpiringCache<string>(
    async (key) => {
      loads.push(key);
      if (failing) throw new Error('away');
      return `${key}${loads.length}`;
    },
    { maxEntries: options.maxEntries ?? 10, freshMs: () => 100, staleMs: options.staleMs ?? 0, now: () => now },
  );
  return { cache, loads, pass: (ms: number) => void (now += ms), fail: (on: boolean) => void (failing = on) };
}

describe('an expiring cache', () => {
  it('loads once for readers that come together, and answers without a promise afterwards', async () => {
    const { cache, loads } = cacheOf();
    expect(await Promise.all([cache.get('a'), cache.get('a')])).toEqual(['a1', 'a1']);
    expect(cache.get('a')).toBe('a1');
    expect(loads).toEqual(['a']);
  });

  it('asks again once a value is old', async () => {
    const { cache, pass } = cacheOf();
    await cache.get('a');
    pass(101);
    expect(await cache.get('a')).toBe('a2');
  });

  it('serves the old value while it fetches behind it, but not for ever', async () => {
    const { cache, pass } = cacheOf({ staleMs: 50 });
    await cache.get('a');
    pass(120);
    expect(cache.get('a')).toBe('a1');
    await new Promise(setImmediate);
    expect(await cache.get('a')).toBe('a2');
    pass(151);
    expect(await cache.get('a')).toBe('a3');
  });

  it('keeps no failure', async () => {
    const { cache, fail } = cacheOf();
    fail(true);
    await expect(cache.get('a')).rejects.toThrow('away');
    fail(false);
    expect(await cache.get('a')).toBe('a2');
  });

  it('drops what was used longest ago', async () => {
    const { cache, loads } = cacheOf({ maxEntries: 2 });
    await cache.get('a');
    await cache.get('b');
    await cache.get('a');
    await cache.get('c');
    await cache.get('a');
    await cache.get('b');
    expect(loads).toEqual(['a', 'b', 'c', 'b']);
  });
});
