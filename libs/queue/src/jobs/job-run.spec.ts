import { jest } from '@jest/globals';
import { settledRun, abortReasonOf } from './job-run.js';
import { HAND_BACK_MS, SETTLE_MS } from '../settings.js';

describe('settledRun', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('returns the outcome of the handler', async () => {
    const { signal } = new AbortController();
    expect(await settledRun(async () => undefined, signal)).toEqual({ ok: true });
    const error = new Error('a bug');
    expect(await settledRun(() => Promise.reject(error), signal)).toEqual({ ok: false, error });
    expect(abortReasonOf(signal)).toBeNull();
  });

  it('returns the outcome of a handler that ends in time after an abort', async () => {
    const controller = new AbortController();
    const end = settledRun(() => new Promise((resolve) => setTimeout(resolve, SETTLE_MS - 1)), controller.signal);
    controller.abort('timed-out');
    await jest.advanceTimersByTimeAsync(SETTLE_MS);
    expect(await end).toEqual({ ok: true });
  });

  it.each([
    ['timed-out', SETTLE_MS],
    ['cancelled', SETTLE_MS],
    ['handed-back', HAND_BACK_MS],
  ] as const)('stops waiting for a handler that ignores the abort reason %s', async (reason, patience) => {
    const controller = new AbortController();
    let ended = false;
    const end = settledRun(() => new Promise(() => undefined), controller.signal).finally(() => (ended = true));
    controller.abort(reason);
    await jest.advanceTimersByTimeAsync(patience - 1);
    expect(ended).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await end).toEqual({ ok: false, error: new Error('the handler did not end after its signal was aborted') });
  });
});
