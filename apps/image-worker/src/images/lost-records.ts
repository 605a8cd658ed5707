import type { UsageRecord } from '@lumenfall/contracts';
import { recordDurably } from '@lumenfall/execution';
import type { ImageRunStore } from '@lumenfall/image-runs';
import type { UsageLog } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';

/** How long after its run ended a record that is not in the history may be lost. */
const LOST_AFTER_MS = 60_000;
const BATCH = 100;

export interface LostRecordPorts {
  runs: Pick<ImageRunStore, 'unrecorded' | 'sentAgain'>;
  usage: Pick<UsageLog, 'append' | 'mayHave'>;
  log: Logger;
}

/**
 * Appends the records of ended runs again that are neither in the history nor in the usage log: a worker died in
 * between, or the log lost them. A record that was only delayed is then appended twice and applied once.
 */
export async function sendLostRecords(
  { runs, usage, log }: LostRecordPorts,
  lostAfterMs: number = LOST_AFTER_MS,
): Promise<void> {
  const lost: UsageRecord[] = [];
  for (const { record, since } of await runs.unrecorded(lostAfterMs, BATCH)) {
    if (!(await usage.mayHave(record.requestId, since))) lost.push(record);
  }
  for (const record of lost) {
    const { requestId } = record;
    await recordDurably(usage, record, { until: Date.now() });
    await runs.sentAgain(requestId);
    log.info({ requestId }, 'sent a usage record again that was missing in the history');
  }
}
