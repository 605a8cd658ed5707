import type { JobProducer } from '@lumenfall/queue';
import { aUsageRecord } from '@lumenfall/testing';
import { recordDurably } from './record-durably.js';

function producer(refusals: number): { producer: JobProducer; ids: string[] } {
  const ids: string[] = [];
  const enqueue: JobProducer['enqueue'] = async (_name, _payload, { id }) => {
    ids.push(id);
    if (ids.length <= refusals) throw new Error('the queue is down');
  };
  return { ids, producer: { enqueue, depth: async () => 0, state: async () => 'gone' } };
}

describe('a usage record', () => {
  it('is offered to the queue until it is taken, always under the request id', async () => {
    const record = aUsageRecord();
    const queue = producer(2);
    await recordDurably(queue.producer, record, { until: Date.now() + 1000 });
    expect(queue.ids).toEqual([record.requestId, record.requestId, record.requestId]);
  });

  it('that nobody takes in time is an error, so that no answer is given', async () => {
    const retries: unknown[] = [];
    const queue = producer(Infinity);
    const trying = recordDurably(queue.producer, aUsageRecord(), { until: 0, onRetry: (error) => retries.push(error) });
    await expect(trying).rejects.toThrow('the queue is down');
    expect(retries.length).toBeGreaterThan(3); // it did not give up at once
  }, 10_000);
});
