import { ManualClock, settled } from '@lumenfall/testing';
import { pause } from './clock.js';
import { deadline } from './deadline.js';
import { startPeriodicTask } from './periodic-task.js';
import { retry } from './retry.js';

const never = new Promise<string>(() => undefined);
const late = (): never => {
  throw new Error('late');
};

describe('pause', () => {
  it('fulfils after its time, and earlier if its signal is aborted', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const ended: string[] = [];
    void pause(100, { clock }).then(() => ended.push('whole'));
    void pause(100, { clock, signal: controller.signal }).then(() => ended.push('aborted'));
    void pause(100, { clock, signal: AbortSignal.abort() }).then(() => ended.push('aborted before'));
    await clock.advance(10);
    controller.abort();
    await settled();
    expect(ended).toEqual(['aborted before', 'aborted']);
    await clock.advance(90);
    expect(ended).toEqual(['aborted before', 'aborted', 'whole']);
    expect(clock.pending).toBe(0);
  });
});

describe('deadline', () => {
  it('settles as the work does if the work is in time, and leaves no timer', async () => {
    const clock = new ManualClock();
    await expect(deadline(Promise.resolve('done'), 100, late, clock)).resolves.toBe('done');
    await expect(deadline(Promise.reject(new Error('bad')), 100, late, clock)).rejects.toThrow('bad');
    expect(clock.pending).toBe(0);
  });

  it('throws what onLate throws, or returns its fallback, if the work is late', async () => {
    const clock = new ManualClock();
    const rejected = expect(deadline(never, 100, late, clock)).rejects.toThrow('late');
    const fallback = deadline(never, 100, () => 'fallback', clock);
    await clock.advance(100);
    await rejected;
    expect(await fallback).toBe('fallback');
  });
});

describe('startPeriodicTask', () => {
  it('waits a period after the end of each round, never overlaps, and survives a failed round', async () => {
    const clock = new ManualClock();
    const starts: number[] = [];
    const errors: unknown[] = [];
    const begin = clock.now();
    const task = startPeriodicTask(
      async () => {
        starts.push(clock.now() - begin);
        await pause(25, { clock });
        if (starts.length === 1) throw new Error('once');
      },
      { everyMs: 10, onError: (error) => errors.push(error), clock },
    );
    await clock.advance(90);
    expect(starts).toEqual([10, 45, 80]);
    expect(errors).toEqual([new Error('once')]);
    let closed = false;
    void task.close().then(() => (closed = true));
    await clock.advance(10);
    expect(closed).toBe(false);
    await clock.advance(100);
    expect([closed, starts.length, clock.pending]).toEqual([true, 3, 0]);
  });

  it('starts no round if it is closed before the first', async () => {
    const clock = new ManualClock();
    let rounds = 0;
    const work = async (): Promise<void> => void (rounds += 1);
    await startPeriodicTask(work, { everyMs: () => 10, onError: late, clock }).close();
    await clock.advance(100);
    expect([rounds, clock.pending]).toEqual([0, 0]);
  });
});

describe('retry', () => {
  const failing = (failures: number) => {
    let calls = 0;
    return {
      calls: () => calls,
      work: async () => {
        calls += 1;
        if (calls <= failures) throw new Error(`failure ${calls}`);
        return calls;
      },
    };
  };

  it('calls again after pauses that double up to a limit', async () => {
    const clock = new ManualClock();
    const { work } = failing(4);
    const retriedAt: number[] = [];
    const begin = clock.now();
    const onRetry = (): void => void retriedAt.push(clock.now() - begin);
    const result = retry(work, { firstMs: 100, longestMs: 300, onRetry, clock });
    await clock.advance(1_000);
    expect(await result).toBe(5);
    expect(retriedAt).toEqual([0, 100, 300, 600]);
  });

  it('rejects as the last call did once the attempts are used up', async () => {
    const clock = new ManualClock();
    const { work, calls } = failing(Infinity);
    const rejected = expect(retry(work, { attempts: 3, firstMs: 1, longestMs: 1, clock })).rejects.toThrow('failure 3');
    await clock.advance(10);
    await rejected;
    expect(calls()).toBe(3);
  });

  it('starts no call after `until`', async () => {
    const clock = new ManualClock();
    const { work } = failing(Infinity);
    const until = clock.now() + 1_000;
    const rejected = expect(retry(work, { until, firstMs: 400, longestMs: 400, clock })).rejects.toThrow('failure 3');
    await clock.advance(10_000);
    await rejected;
  });
});
