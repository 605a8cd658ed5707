import { apiError, NOTHING_CHARGED, type UsageRecord } from '@lumenfall/contracts';
import { usageRecordOf } from '@lumenfall/metering';
import type { VideoChanges, VideoRow } from './video-store.js';

/** The terminal move of a cancelled video, with its usage record: nothing is charged. */
export function cancellationOf(row: VideoRow, now: Date): VideoChanges & { usage: UsageRecord } {
  const error = apiError('CANCELLED', 'The video was cancelled');
  const outcome = {
    status: 'cancelled',
    offering: null,
    charge: NOTHING_CHARGED,
    attempts: row.attempts,
    error,
    responseSizeBytes: null,
    choice: row.candidate?.choice ?? null,
  } as const;
  const usage = usageRecordOf(row.requestContext, outcome, now.getTime());
  return { state: 'cancelled', error, costMicros: 0, completedAt: now, usage };
}
