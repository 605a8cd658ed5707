import { backOffMs, countDeath } from './back-off.mjs';

describe('the wait before a dead process is started again', () => {
  it('is short at first, doubles, and never passes ten seconds', () => {
    expect([1, 2, 3, 4, 30].map(backOffMs)).toEqual([200, 400, 800, 1600, 10_000]);
  });

  it('starts anew after a life of half a minute', () => {
    expect(countDeath(5, 100)).toBe(6);
    expect(countDeath(5, 30_000)).toBe(1);
  });
});
