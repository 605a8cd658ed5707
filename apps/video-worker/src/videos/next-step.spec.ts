import { aRow, at, handle, NOW } from '../../test/video-row.js';
import { nextStep } from './next-step.js';

describe('the next step of a video', () => {
  const due = at(0);
  const later = at(30);
  it.each([
    ['queued is to be submitted', aRow(), false, 'submit'],
    ['queued is to be submitted whenever its next look was planned', aRow({ nextActionAt: later }), false, 'submit'],
    ['being submitted by somebody else rests', aRow({ state: 'submitting', nextActionAt: later }), false, 'rest'],
    [
      'being submitted by a run that died is in doubt',
      aRow({ state: 'submitting', nextActionAt: later }),
      true,
      'doubt',
    ],
    ['being submitted for too long is in doubt', aRow({ state: 'submitting', nextActionAt: due }), false, 'doubt'],
    [
      'submitted is looked after when it is due',
      aRow({ state: 'submitted', handle, nextActionAt: due }),
      false,
      'poll',
    ],
    ['submitted rests until it is due', aRow({ state: 'submitted', handle, nextActionAt: later }), false, 'rest'],
    [
      'running is looked after at once by the rerun of a dead run',
      aRow({ state: 'running', handle, nextActionAt: later }),
      true,
      'poll',
    ],
    ['in doubt rests until it is looked up', aRow({ state: 'unknown', nextActionAt: later }), false, 'rest'],
    ['in doubt is looked up when that is due', aRow({ state: 'unknown', nextActionAt: due }), false, 'look-up'],
    ['in doubt ends at its deadline', aRow({ state: 'unknown', deadline: due }), false, 'time-out'],
    ['queued for too long ends', aRow({ deadline: due }), false, 'time-out'],
    ['running for too long ends', aRow({ state: 'running', handle, deadline: due }), false, 'time-out'],
    ['cancelled before it had reached a provider rests', aRow({ state: 'cancelled' }), false, 'rest'],
    ['cancelled at a provider is called off', aRow({ state: 'cancelled', handle }), false, 'call-off'],
    ['completed rests', aRow({ state: 'completed', handle }), true, 'rest'],
    ['failed rests', aRow({ state: 'failed', handle, deadline: due }), true, 'rest'],
  ] as const)('%s', (_name, row, rerun, expected) => {
    expect(nextStep(row, NOW, rerun).do).toBe(expected);
  });

  it('is never a submission once it was begun', () => {
    const states = ['submitting', 'submitted', 'running', 'unknown', 'completed', 'failed', 'cancelled'] as const;
    for (const state of states)
      for (const rerun of [true, false])
        for (const nextActionAt of [at(-600), due, later])
          for (const row of [aRow({ state, nextActionAt }), aRow({ state, nextActionAt, handle })])
            expect(nextStep(row, NOW, rerun).do).not.toBe('submit');
  });
});
