import { once } from 'node:events';
import { boundRun } from './bound-run.js';

describe('boundRun', () => {
  it('is not aborted before its deadline', () => {
    const run = boundRun(new AbortController().signal, Date.now() + 1000);
    expect([run.abortReason(), run.signal.aborted]).toEqual([null, false]);
    run.release();
  });

  it('is aborted at its deadline', async () => {
    const run = boundRun(new AbortController().signal, Date.now() + 10);
    await once(run.signal, 'abort');
    expect([run.abortReason(), run.signal.aborted]).toEqual(['timed-out', true]);
  });

  it.each(['cancelled', 'timed-out', 'handed-back'] as const)('passes on the reason of an abort: %s', (reason) => {
    const controller = new AbortController();
    const run = boundRun(controller.signal, Date.now() + 1000);
    controller.abort(reason);
    expect(run.abortReason()).toBe(reason);
    run.release();
  });

  it('counts an abort without a known reason as a cancellation, also one from before its start', () => {
    const run = boundRun(AbortSignal.abort(), Date.now() + 1000);
    expect(run.abortReason()).toBe('cancelled');
    run.release();
  });
});
