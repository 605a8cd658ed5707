/**
 * The state machine of a video.
 *
 * - `pending`: written, and refused unless its hold is placed. It is admitted or deleted, not moved.
 * - `queued`: to be submitted to the next candidate.
 * - `submitting`: a worker is submitting it.
 * - `submitted`, `running`: a provider has accepted it; `running` once a poll has answered.
 * - `unknown`: a provider may have accepted it; only a look-up or the deadline decides.
 * - `completed`, `failed`, `cancelled`: terminal.
 */
export const VIDEO_STATES = [
  'pending',
  'queued',
  'submitting',
  'submitted',
  'running',
  'unknown',
  'completed',
  'failed',
  'cancelled',
] as const;
export type VideoState = (typeof VIDEO_STATES)[number];

/**
 * The states that a state may move to; its own state stands for a change of other columns. `queued` moves to
 * `submitted` if the answer to a submission arrives after the video was taken back.
 */
const LEGAL_MOVES: Readonly<Record<VideoState, readonly VideoState[]>> = {
  pending: ['pending', 'queued'],
  queued: ['queued', 'submitting', 'submitted', 'failed', 'cancelled'],
  submitting: ['submitting', 'submitted', 'queued', 'unknown', 'failed', 'cancelled'],
  submitted: ['submitted', 'running', 'queued', 'unknown', 'completed', 'failed', 'cancelled'],
  running: ['running', 'queued', 'unknown', 'completed', 'failed', 'cancelled'],
  unknown: ['unknown', 'submitted', 'queued', 'failed', 'cancelled'],
  completed: ['completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
};

export const TERMINAL_VIDEO_STATES: readonly VideoState[] = VIDEO_STATES.filter(
  (state) => LEGAL_MOVES[state].length === 1,
);

/** The states in which a worker has something to do. */
export const ACTIVE_VIDEO_STATES: readonly VideoState[] = VIDEO_STATES.filter(
  (state) => state !== 'pending' && !TERMINAL_VIDEO_STATES.includes(state),
);

export function isTerminal({ state }: { state: VideoState }): boolean {
  return TERMINAL_VIDEO_STATES.includes(state);
}

/** Throws for a move that the state machine does not have: a bug of the caller. */
export function assertLegalMove(from: VideoState, to: VideoState): void {
  if (!LEGAL_MOVES[from].includes(to)) throw new Error(`A video cannot move from ${from} to ${to}`);
}

/**
 * The job that advances a row. Its id contains the version of the row, so that each move has one job, however often
 * added.
 */
export function jobOf({ requestId, state, version }: { requestId: string; state: VideoState; version: number }): {
  name: 'video.submit' | 'video.poll';
  id: string;
} {
  const submits = state === 'queued' || state === 'submitting';
  return submits
    ? { name: 'video.submit', id: `${requestId}-submit-${String(version)}` }
    : { name: 'video.poll', id: `${requestId}-poll-${String(version)}` };
}
