import { recordDurably, type UsageSender } from '@lumenfall/execution';
import type { ImageRunStore } from '@lumenfall/image-runs';
import type { Logger } from '@lumenfall/service-kit';

/** How long a record may be on its way through the queue before it counts as lost. */
const PATIENCE_MS = 60_000;
const BATCH = 100;

export interface LostRecordPorts {
  runs: Pick<ImageRunStore, 'unrecorded'>;
  usage: UsageSender;
  log: Logger;
}

/**
 * Sends again what ended in the database and is not in the history yet: a worker died in between, or the queue lost it. A record that
 * was only slow is there twice then, which counts once.
 */
export async function sendLostRecords(
  { runs, usage, log }: LostRecordPorts,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  for (const record of await runs.unrecorded(patienceMs, BATCH)) {
    await recordDurably(usage, record, { until: Date.now() });
    log.info({ requestId: record.requestId }, 'a record that was not in the history was sent again');
  }
}
