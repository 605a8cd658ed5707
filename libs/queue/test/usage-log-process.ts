import { aUsageRecord } from '@lumenfall/testing';
import { openQueueEngine } from '../src/index.js';

/**
 * A process for tests that appends three records, or reads some and does not acknowledge them. Arguments: queue URL,
 * stall ms, `append` or `read`. Sends `ready`, then `appended` or `read <number>` to its parent, and stays.
 */
const [url = '', stallMs = '1000', does] = process.argv.slice(2);
const engine = await openQueueEngine(url, { stallMs: Number(stallMs), name: 'fixture' });
const log = engine.usageLog();
process.send?.('ready');
if (does === 'append') {
  await log.append(aUsageRecord(), aUsageRecord(), aUsageRecord());
  process.send?.('appended');
} else {
  const reader = await log.openReader();
  const entries = await reader.read({ max: 500, waitMs: 60_000 });
  process.send?.(`read ${entries.length}`);
}
