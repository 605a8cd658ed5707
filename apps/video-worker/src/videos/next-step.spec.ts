import { aRow, at, handle, NOW } from '../../test/video-row.js';
import { nextStep } from './next-step.js';

describe('nextStep', () => {
  const due = at(0);
  const later = at(30);
  it.each([
    ['submits a queued video', aRow(), false, 'submit'],
    ['submits a queued video whose next action is planned for later', aRow({ nextActionAt: later }), false, 'submit'],
    [
      'leaves a video alone that another worker is submitting',
      aRow({ state: 'submitting', nextActionAt: later }),
      false,
      'rest',
    ],
    ['doubts a submission whose run died', aRow({ state: 'submitting', nextActionAt: later }), true, 'doubt'],
    ['doubts a submission that takes too long', aRow({ state: 'submitting', nextActionAt: due }), false, 'doubt'],
    ['polls a submitted video when it is due', aRow({ state: 'submitted', handle, nextActionAt: due }), false, 'poll'],
    [
      'leaves a submitted video alone until it is due',
      aRow({ state: 'submitted', handle, nextActionAt: later }),
      false,
      'rest',
    ],
    [
      'polls a running video at once after a dead run',
      aRow({ state: 'running', handle, nextActionAt: later }),
      true,
      'poll',
    ],
    [
      'leaves an unknown video alone until its look-up is due',
      aRow({ state: 'unknown', nextActionAt: later }),
      false,
      'rest',
    ],
    ['looks up an unknown video when it is due', aRow({ state: 'unknown', nextActionAt: due }), false, 'look-up'],
    ['times an unknown video out at its deadline', aRow({ state: 'unknown', deadline: due }), false, 'time-out'],
    ['times a queued video out at its deadline', aRow({ deadline: due }), false, 'time-out'],
    ['times a running video out at its deadline', aRow({ state: 'running', handle, deadline: due }), false, 'time-out'],
    ['leaves a cancelled video alone that no provider has accepted', aRow({ state: 'cancelled' }), false, 'rest'],
    [
      'cancels a cancelled video upstream if a provider has accepted it',
      aRow({ state: 'cancelled', handle }),
      false,
      'cancel-upstream',
    ],
    ['leaves a completed video alone', aRow({ state: 'completed', handle }), true, 'rest'],
    ['leaves a failed video alone', aRow({ state: 'failed', handle, deadline: due }), true, 'rest'],
  ] as const)('%s', (_name, row, rerun, expected) => {
    expect(nextStep(row, NOW, rerun).do).toBe(expected);
  });

  it('never submits a video that has left the state queued', () => {
    const states = ['submitting', 'submitted', 'running', 'unknown', 'completed', 'failed', 'cancelled'] as const;
    for (const state of states)
      for (const rerun of [true, false])
        for (const nextActionAt of [at(-600), due, later])
          for (const row of [aRow({ state, nextActionAt }), aRow({ state, nextActionAt, handle })])
            expect(nextStep(row, NOW, rerun).do).not.toBe('submit');
  });
});
