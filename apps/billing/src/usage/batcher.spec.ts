import { setTimeout as pause } from 'node:timers/promises';
import { Batcher } from './batcher.js';

const done = (items: readonly unknown[]): PromiseSettledResult<void>[] =>
  items.map(() => ({ status: 'fulfilled', value: undefined }));

describe('a batcher', () => {
  it('does together what comes together, and lets the next batch grow meanwhile', async () => {
    const sizes: number[] = [];
    const work = async (items: readonly number[]) => {
      sizes.push(items.length);
      await pause(20);
      return done(items);
    };
    const batcher = new Batcher(work, { maxSize: 100, maxWaitMs: 1, concurrency: 1 });
    await Promise.all(Array.from({ length: 250 }, (_, n) => batcher.add(n)));
    expect(sizes).toEqual([100, 100, 50]);
  });

  it('never works on more batches than allowed', async () => {
    let running = 0;
    let most = 0;
    const work = async (items: readonly number[]) => {
      most = Math.max(most, (running += 1));
      await pause(5);
      running -= 1;
      return done(items);
    };
    const batcher = new Batcher(work, { maxSize: 2, maxWaitMs: 1, concurrency: 2 });
    await Promise.all(Array.from({ length: 20 }, (_, n) => batcher.add(n)));
    expect(most).toBe(2);
  });

  it('gives everybody their own end', async () => {
    const work = (items: readonly number[]) =>
      Promise.resolve(
        items.map((item): PromiseSettledResult<void> =>
          item === 2 ? { status: 'rejected', reason: new Error('bad') } : { status: 'fulfilled', value: undefined },
        ),
      );
    const batcher = new Batcher(work, { maxSize: 3, maxWaitMs: 1, concurrency: 1 });
    const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails everybody where the work itself fails, and goes on', async () => {
    let fails = true;
    const work = (items: readonly number[]) =>
      fails ? Promise.reject(new Error('away')) : Promise.resolve(done(items));
    const batcher = new Batcher(work, { maxSize: 10, maxWaitMs: 1, concurrency: 1 });
    await expect(batcher.add(1)).rejects.toThrow('away');
    fails = false;
    await expect(batcher.add(1)).resolves.toBeUndefined();
  });
});
