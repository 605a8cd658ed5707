import { recordDurably, type UsageSender } from '@lumenfall/execution';
import type { ImageRunStore } from '@lumenfall/image-runs';
import type { Logger } from '@lumenfall/service-kit';

/** How long after its run ended a record that is not in the history counts as lost. */
const LOST_AFTER_MS = 60_000;
const BATCH = 100;

export interface LostRecordPorts {
  runs: Pick<ImageRunStore, 'unrecorded'>;
  usage: UsageSender;
  log: Logger;
}

/**
 * Sends the records of ended runs that are not in the history: a worker died in between, or the queue lost them. A
 * record that was only delayed is then sent twice and applied once.
 */
export async function sendLostRecords(
  { runs, usage, log }: LostRecordPorts,
  lostAfterMs: number = LOST_AFTER_MS,
): Promise<void> {
  for (const record of await runs.unrecorded(lostAfterMs, BATCH)) {
    await recordDurably(usage, record, { until: Date.now() });
    log.info({ requestId: record.requestId }, 'sent a usage record again that was missing in the history');
  }
}
