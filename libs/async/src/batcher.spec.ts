import { ManualClock, settled } from '@lumenfall/testing';
import { Batcher, type BatchLimits } from './batcher.js';

type Results = readonly PromiseSettledResult<void>[] | void;

/** A batcher whose batches end when the test says so. */
function batcher(limits: BatchLimits<string>) {
  const clock = new ManualClock();
  const batches: { items: readonly string[]; end(results?: Results): void; fail(error: Error): void }[] = [];
  const work = (items: readonly string[]): Promise<Results> =>
    new Promise<Results>((resolve, reject) =>
      batches.push({ items, end: (results) => resolve(results), fail: reject }),
    );
  const subject = new Batcher<string>(work, limits, clock);
  return { clock, batches, subject, sizes: () => batches.map(({ items }) => items.length) };
}

describe('Batcher', () => {
  it('starts the first item at once and gathers what arrives while a batch is running, in order', async () => {
    const { subject, batches } = batcher({ maxSize: 10 });
    for (const item of ['a', 'b', 'c']) void subject.add(item);
    expect(batches.map(({ items }) => items)).toEqual([['a']]);
    batches[0]?.end();
    await settled();
    expect(batches.map(({ items }) => items)).toEqual([['a'], ['b', 'c']]);
    expect(subject.idle).toBe(false);
    batches[1]?.end();
    await settled();
    expect(subject.idle).toBe(true);
  });

  it('starts a full batch at once and a smaller one when maxWaitMs has passed', async () => {
    const { subject, clock, sizes } = batcher({ maxSize: 2, maxWaitMs: 50, concurrency: 5 });
    for (const item of ['a', 'b', 'c']) void subject.add(item);
    expect(sizes()).toEqual([2]);
    await clock.advance(49);
    expect(sizes()).toEqual([2]);
    await clock.advance(1);
    expect(sizes()).toEqual([2, 1]);
  });

  it('never runs more batches at a time than concurrency allows', async () => {
    const { subject, batches, sizes, clock } = batcher({ maxSize: 2, maxWaitMs: 1, concurrency: 2 });
    for (let n = 0; n < 7; n += 1) void subject.add(String(n));
    expect(sizes()).toEqual([2, 2]);
    batches[0]?.end();
    await clock.advance(1);
    expect(sizes()).toEqual([2, 2, 2]);
    batches[1]?.end();
    await clock.advance(1);
    expect(sizes()).toEqual([2, 2, 2, 1]);
  });

  it('bounds the weight of a batch and sends a heavier item alone', async () => {
    const { subject, batches } = batcher({ maxSize: 10, weight: { of: ({ length }) => length, max: 3 } });
    const items = ['a', 'b', 'cc', 'd', 'eeeee', 'f'];
    for (const item of items) void subject.add(item);
    for (let n = 0; n < items.length; n += 1) {
      batches[n]?.end();
      await settled();
    }
    expect(batches.map(({ items }) => items)).toEqual([['a'], ['b', 'cc'], ['d'], ['eeeee'], ['f']]);
  });

  it('settles each item with its own result', async () => {
    const { subject, batches } = batcher({ maxSize: 4, maxWaitMs: 10 });
    const all = Promise.allSettled(['a', 'b', 'c', 'd'].map((item) => subject.add(item)));
    const done = { status: 'fulfilled', value: undefined } as const;
    batches[0]?.end([done, { status: 'rejected', reason: new Error('bad') }, done]);
    expect((await all).map((result) => (result.status === 'rejected' ? String(result.reason) : result.status))).toEqual(
      ['fulfilled', 'Error: bad', 'fulfilled', 'Error: The batch returned no result for this item'],
    );
  });

  it('rejects every item of a batch whose work rejects, and goes on with the next batch', async () => {
    const { subject, batches } = batcher({ maxSize: 10 });
    const first = subject.add('a');
    const second = subject.add('b');
    batches[0]?.fail(new Error('unreachable'));
    await expect(first).rejects.toThrow('unreachable');
    batches[1]?.end();
    await expect(second).resolves.toBeUndefined();
  });
});
