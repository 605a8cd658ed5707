import { eventually, pause } from '@lumenfall/testing';
import { startPeriodicTask } from './periodic-task.js';

describe('repeated work', () => {
  it('goes on after a failure, never overlaps, and ends when it is told to', async () => {
    let inHand = 0;
    let rounds = 0;
    const errors: unknown[] = [];
    const repeating = startPeriodicTask(
      1,
      async () => {
        expect((inHand += 1)).toBe(1);
        await pause(5);
        inHand -= 1;
        rounds += 1;
        if (rounds === 1) throw new Error('once');
      },
      (error) => errors.push(error),
    );
    await eventually(() => rounds > 2);
    await repeating.stop();
    const then = rounds;
    expect([errors.length, inHand]).toEqual([1, 0]);
    await pause(20);
    expect(rounds).toBe(then);
  });
});
