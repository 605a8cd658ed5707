import { once } from 'node:events';
import { boundRun } from './bound-run.js';

describe('a bound run', () => {
  it('goes on while nothing stops it', () => {
    const run = boundRun(new AbortController().signal, Date.now() + 1000);
    expect([run.stopped(), run.signal.aborted]).toEqual([null, false]);
    run.release();
  });

  it('stops at its deadline', async () => {
    const run = boundRun(new AbortController().signal, Date.now() + 10);
    await once(run.signal, 'abort');
    expect([run.stopped(), run.signal.aborted]).toEqual(['timed-out', true]);
  });

  it.each(['cancelled', 'timed-out', 'handed-back'] as const)('is told why it stops: %s', (reason) => {
    const controller = new AbortController();
    const run = boundRun(controller.signal, Date.now() + 1000);
    controller.abort(reason);
    expect(run.stopped()).toBe(reason);
    run.release();
  });

  it('takes a stop without a known reason for a cancel, also one from before its start', () => {
    const run = boundRun(AbortSignal.abort(), Date.now() + 1000);
    expect(run.stopped()).toBe('cancelled');
    run.release();
  });
});
