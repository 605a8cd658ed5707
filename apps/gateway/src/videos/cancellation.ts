import { apiError, NOTHING_CHARGED, type UsageRecord } from '@lumenfall/contracts';
import type { VideoChanges, VideoRow, VideoState } from '@lumenfall/videos';

const ENDS: ReadonlySet<VideoState> = new Set(['completed', 'failed', 'cancelled']);

export const hasEnded = (row: Pick<VideoRow, 'state'>): boolean => ENDS.has(row.state);

/** The end that a DELETE gives a video on its way, with its usage record in the same change: nothing is charged. */
export function cancellationOf(row: VideoRow, now: Date): VideoChanges & { usage: UsageRecord } {
  const error = apiError('CANCELLED', 'The video was cancelled');
  return {
    state: 'cancelled',
    error,
    costMicros: 0,
    completedAt: now,
    usage: {
      ...row.requestContext,
      status: 'cancelled',
      executedModel: null,
      provider: null,
      durationMs: Math.max(0, now.getTime() - row.createdAt.getTime()),
      responseSizeBytes: null,
      errorCode: error.code,
      errorMessage: error.message,
      charge: NOTHING_CHARGED,
      choice: null,
      attempts: row.attempts,
    },
  };
}
