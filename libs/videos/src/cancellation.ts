import { apiError, type UsageRecord } from '@lumenfall/contracts';
import { unchargedOutcome, usageRecordOf } from '@lumenfall/metering';
import type { VideoChanges, VideoRow } from './video-store.js';

/** The terminal move of a cancelled video, with its usage record: nothing is charged. */
export function cancellationOf(row: VideoRow, now: Date): VideoChanges & { usage: UsageRecord } {
  const error = apiError('CANCELLED', 'The video was cancelled');
  const { attempts, candidate } = row;
  const outcome = unchargedOutcome('cancelled', error, { attempts, choice: candidate?.choice ?? null });
  const usage = usageRecordOf(row.requestContext, outcome, now.getTime());
  return { state: 'cancelled', error, costMicros: 0, completedAt: now, usage };
}
