import { ManualClock, settled } from '@lumenfall/testing';
import { CachedKeys } from './cached-keys.js';

function setup() {
  const clock = new ManualClock();
  const stored = new Map([
    ['a', 'A'],
    ['b', 'B'],
    ['c', 'C'],
  ]);
  const queries: string[][] = [];
  const errors: unknown[] = [];
  const state = { down: false };
  const keys = new CachedKeys<string>({
    clock,
    read: async (ids) => {
      queries.push([...ids]);
      if (state.down) throw new Error('database down');
      return new Map([...stored].filter(([id]) => ids.includes(id)));
    },
    onError: (error) => errors.push(error),
  });
  return { clock, stored, queries, errors, state, keys };
}

describe('the cached keys', () => {
  it('are read in one query by requests that arrive together', async () => {
    const { keys, queries } = setup();
    const found = Promise.all(['a', 'b', 'a', 'none'].map(async (id) => keys.get(id)));
    await settled();
    expect(await found).toEqual(['A', 'B', 'A', null]);
    expect(queries).toEqual([['a', 'b', 'none']]);
    expect(keys.get('a')).toBe('A');
  });

  it('in steady use are read again in the background, all in one query', async () => {
    const { clock, keys, queries } = setup();
    for (const id of ['a', 'b', 'c']) await keys.get(id);
    queries.length = 0;
    for (let round = 0; round < 100; round += 1) {
      await clock.advance(100);
      expect(['a', 'b', 'c'].map((id) => keys.get(id))).toEqual(['A', 'B', 'C']);
    }
    expect(queries.length).toBeLessThanOrEqual(10);
    expect(queries.every((ids) => ids.length === 3)).toBe(true);
  });

  it.each([100, 900, 1_000, 1_500])(
    'show a change within two seconds if the key is used every %d ms',
    async (everyMs) => {
      const { clock, keys, stored } = setup();
      await keys.get('a');
      await clock.advance(everyMs);
      await keys.get('a');
      stored.set('a', 'revoked');
      const changedAt = clock.now();
      let shown: string | null = 'A';
      while (shown === 'A') {
        await clock.advance(everyMs);
        shown = await keys.get('a');
      }
      expect(clock.now() - changedAt).toBeLessThanOrEqual(2_000 + everyMs);
      await clock.advance(2_000 - (clock.now() - changedAt));
      expect(await keys.get('a')).toBe('revoked');
    },
  );

  it('show a change on the first use after two seconds', async () => {
    const { clock, keys, stored } = setup();
    await keys.get('a');
    stored.set('a', 'revoked');
    await clock.advance(1_999);
    expect(await keys.get('a')).toBe('revoked');
  });

  it('show a new key one second after it was asked for in vain', async () => {
    const { clock, keys, stored } = setup();
    expect(await keys.get('new')).toBeNull();
    stored.set('new', 'N');
    await clock.advance(1_000);
    expect(await keys.get('new')).toBe('N');
  });

  it('are used for five seconds while the database is down, and not longer', async () => {
    const { clock, keys, state, errors } = setup();
    await keys.get('a');
    state.down = true;
    await clock.advance(1_500);
    expect(keys.get('a')).toBe('A');
    await clock.advance(3_000);
    expect(errors).toHaveLength(1);
    expect(await keys.get('a')).toBe('A');
    await clock.advance(1_000);
    await expect(keys.get('a')).rejects.toThrow('database down');
    await expect(keys.get('unknown')).rejects.toThrow('database down');
  });
});
