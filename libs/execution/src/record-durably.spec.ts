import type { UsageAppender } from '@lumenfall/queue';
import { aUsageRecord, ManualClock } from '@lumenfall/testing';
import { recordDurably } from './record-durably.js';

describe('recordDurably', () => {
  function refusing(refusals: number): UsageAppender & { ids: string[] } {
    const ids: string[] = [];
    const append: UsageAppender['append'] = async (...records) => {
      ids.push(...records.map(({ requestId }) => requestId));
      if (ids.length <= refusals) throw new Error('the log is down');
    };
    return { ids, append };
  }

  it('appends the record again until the usage log takes it', async () => {
    const clock = new ManualClock();
    const record = aUsageRecord();
    const usage = refusing(2);
    const recorded = recordDurably(usage, record, { until: clock.now() + 1_000, clock });
    await clock.advance(1_000);
    await recorded;
    expect(usage.ids).toEqual([record.requestId, record.requestId, record.requestId]);
  });

  it('rejects if the usage log does not take the record, but not before five seconds', async () => {
    const clock = new ManualClock();
    const retries: unknown[] = [];
    const onRetry = (error: unknown): void => void retries.push(error);
    const recorded = recordDurably(refusing(Infinity), aUsageRecord(), { until: 0, onRetry, clock });
    let ended = false;
    const rejected = expect(recorded.finally(() => (ended = true))).rejects.toThrow('the log is down');
    await clock.advance(3_900);
    expect(ended).toBe(false);
    await clock.advance(2_000);
    await rejected;
    expect(retries.length).toBeGreaterThan(3);
  });
});
