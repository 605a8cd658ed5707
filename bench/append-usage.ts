/**
 * Appends usage records as a worker does and watches the log until billing has applied them; `settlement.mjs` starts
 * it. Message in: `Order`. Message out: `Appended`.
 */
import { openQueueEngine } from '@lumenfall/queue';
import { newRequestId } from '@lumenfall/contracts';
import { aUsageRecord } from '@lumenfall/testing';
import { setTimeout as pause } from 'node:timers/promises';

interface Order {
  queueUrl: string;
  organizationIds: string[];
  count: number;
  /** Null: as fast as the log takes them, 128 at a time. */
  perSecond: number | null;
}

interface Appended {
  /** ms */
  appendTimes: number[];
  /** From the first append until the log is empty. */
  settledMs: number;
  maxLagMs: number;
}

const AT_ONCE = 128;
const TICK_MS = 5;
const WATCH_MS = 50;

process.once('message', (order: Order) => void work(order));

async function work({ queueUrl, organizationIds, count, perSecond }: Order): Promise<void> {
  const engine = await openQueueEngine(queueUrl, { name: 'bench' });
  const log = engine.usageLog();
  const records = Array.from({ length: count }, (_, n) =>
    aUsageRecord({ requestId: newRequestId(), organizationId: organizationIds[n % organizationIds.length] ?? '' }),
  );
  const appendTimes: number[] = [];
  const append = async (record: (typeof records)[number]): Promise<void> => {
    const began = performance.now();
    await log.append(record);
    appendTimes.push(performance.now() - began);
  };
  const begin = performance.now();
  let maxLagMs = 0;
  let watching = true;
  const watched = (async () => {
    for (;;) {
      const { depth, lagMs } = await log.figures();
      maxLagMs = Math.max(maxLagMs, lagMs);
      if (!watching && depth === 0) return;
      await pause(WATCH_MS);
    }
  })();
  if (perSecond === null) {
    const next = records.values();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const record of next) await append(record);
      }),
    );
  } else {
    const appending: Promise<void>[] = [];
    while (appending.length < count) {
      const due = Math.min(count, Math.floor(((performance.now() - begin) * perSecond) / 1000));
      for (const record of records.slice(appending.length, due)) appending.push(append(record));
      await pause(TICK_MS);
    }
    await Promise.all(appending);
  }
  watching = false;
  await watched;
  const appended: Appended = { appendTimes, settledMs: performance.now() - begin, maxLagMs };
  await engine.close();
  process.send?.(appended, () => process.disconnect());
}
