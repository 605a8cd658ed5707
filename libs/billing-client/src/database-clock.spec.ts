import { DatabaseClock } from './database-clock.js';

const FAR = 1_900_000_000_000;

describe('the estimated clock of the database', () => {
  it('is the clock of this machine at first, and stays so while the answers agree with it', () => {
    const clock = new DatabaseClock();
    expect(clock.at(FAR)).toBe(FAR);
    clock.correct(FAR + 10, { sentAt: FAR, receivedAt: FAR + 30 });
    expect(clock.at(FAR)).toBe(FAR);
  });

  it.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])('is right to the time of one answer if the database is %s by an hour', (_, offset) => {
    const clock = new DatabaseClock();
    clock.correct(FAR + offset + 10, { sentAt: FAR, receivedAt: FAR + 30 });
    expect(Math.abs(clock.at(FAR) - (FAR + offset))).toBeLessThanOrEqual(30);
  });

  it('is not changed by a slow answer, and corrected by a quick one', () => {
    const clock = new DatabaseClock();
    clock.correct(FAR + 500, { sentAt: FAR, receivedAt: FAR + 1_900 });
    expect(clock.at(FAR)).toBe(FAR);
    clock.correct(FAR + 500, { sentAt: FAR, receivedAt: FAR + 2 });
    expect(clock.at(FAR)).toBeGreaterThanOrEqual(FAR + 498);
  });
});
