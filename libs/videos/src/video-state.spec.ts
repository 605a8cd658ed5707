import {
  ACTIVE_VIDEO_STATES,
  assertLegalMove,
  isTerminal,
  jobOf,
  TERMINAL_VIDEO_STATES,
  VIDEO_STATES,
} from './video-state.js';

describe('the state machine of videos', () => {
  it('has the terminal states completed, failed and cancelled', () => {
    expect(TERMINAL_VIDEO_STATES).toEqual(['completed', 'failed', 'cancelled']);
    expect(VIDEO_STATES.filter((state) => isTerminal({ state }))).toEqual(['completed', 'failed', 'cancelled']);
    expect(ACTIVE_VIDEO_STATES).toEqual(['queued', 'submitting', 'submitted', 'running', 'unknown']);
  });

  it.each(['completed', 'failed', 'cancelled'] as const)('allows no move out of %s', (from) => {
    for (const to of VIDEO_STATES.filter((state) => state !== from)) {
      expect(() => assertLegalMove(from, to)).toThrow(`A video cannot move from ${from} to ${to}`);
    }
    expect(() => assertLegalMove(from, from)).not.toThrow();
  });

  it('lets every active state fail and be cancelled', () => {
    for (const from of ACTIVE_VIDEO_STATES) {
      for (const to of ['failed', 'cancelled'] as const) expect(() => assertLegalMove(from, to)).not.toThrow();
    }
  });

  it('completes a video only after a provider has accepted it', () => {
    const completing = VIDEO_STATES.filter((from) => {
      try {
        assertLegalMove(from, 'completed');
        return from !== 'completed';
      } catch {
        return false;
      }
    });
    expect(completing).toEqual(['submitted', 'running']);
  });

  it('submits only a queued video', () => {
    expect(() => assertLegalMove('pending', 'queued')).not.toThrow();
    for (const from of VIDEO_STATES.filter((state) => state !== 'queued' && state !== 'submitting')) {
      expect(() => assertLegalMove(from, 'submitting')).toThrow();
    }
  });

  it('names one job for each version of a row', () => {
    const row = { requestId: 'req_1', version: 3 };
    expect(jobOf({ ...row, state: 'queued' })).toEqual({ name: 'video.submit', id: 'req_1-submit-3' });
    expect(jobOf({ ...row, state: 'submitting' })).toEqual({ name: 'video.submit', id: 'req_1-submit-3' });
    for (const state of ['submitted', 'running', 'unknown', 'cancelled'] as const) {
      expect(jobOf({ ...row, state })).toEqual({ name: 'video.poll', id: 'req_1-poll-3' });
    }
  });
});
