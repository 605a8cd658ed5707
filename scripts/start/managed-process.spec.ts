import { backOffMs, countDeath } from './managed-process.mjs';

describe('the wait before a dead process is started again', () => {
  it('is 200 ms at first, doubles with each quick death, and is at most ten seconds', () => {
    expect([1, 2, 3, 4, 30].map(backOffMs)).toEqual([200, 400, 800, 1600, 10_000]);
  });

  it('is 200 ms again after the process has lived for half a minute', () => {
    expect(countDeath(5, 100)).toBe(6);
    expect(countDeath(5, 30_000)).toBe(1);
  });
});
