import { aUsageRecord } from '@lumenfall/testing';
import { recordDurably } from './record-durably.js';
import type { UsageSender } from './usage-sender.js';

function sender(refusals: number): UsageSender & { ids: string[] } {
  const ids: string[] = [];
  const send: UsageSender['send'] = async ({ requestId }) => {
    ids.push(requestId);
    if (ids.length <= refusals) throw new Error('the queue is down');
  };
  return { ids, send };
}

describe('a usage record', () => {
  it('is offered to the queue until it is taken, always under the request id', async () => {
    const record = aUsageRecord();
    const queue = sender(2);
    await recordDurably(queue, record, { until: Date.now() + 1000 });
    expect(queue.ids).toEqual([record.requestId, record.requestId, record.requestId]);
  });

  it('that nobody takes in time is an error, so that no answer is given', async () => {
    const retries: unknown[] = [];
    const queue = sender(Infinity);
    const trying = recordDurably(queue, aUsageRecord(), { until: 0, onRetry: (error) => retries.push(error) });
    await expect(trying).rejects.toThrow('the queue is down');
    expect(retries.length).toBeGreaterThan(3); // it did not give up at once
  }, 10_000);
});
