import type { JobPayload, UsageRecord } from '@lumenfall/contracts';
import type { JobProducer } from '@lumenfall/queue';
import { aUsageRecord, ManualClock, settled } from '@lumenfall/testing';
import { BatchingUsageSender, recordDurably, type UsageSender } from './usage-sender.js';

/** A queue that takes or refuses each job when the test says so. */
function slowQueue() {
  const jobs: { name: string; id: string; records: UsageRecord[] }[] = [];
  const answers: { take(): void; refuse(error: Error): void }[] = [];
  const enqueue: JobProducer['enqueue'] = (name, payload, { id }) => {
    const records =
      name === 'usage.records' ? (payload as JobPayload<'usage.records'>).records : [payload as UsageRecord];
    jobs.push({ name, id, records });
    return new Promise((take, refuse) => answers.push({ take, refuse }));
  };
  return { jobs, answers, sender: new BatchingUsageSender({ enqueue }) };
}

describe('BatchingUsageSender', () => {
  it('sends a single record at once, in a job of its own', async () => {
    const { jobs, answers, sender } = slowQueue();
    const record = aUsageRecord();
    const sent = sender.send(record);
    expect(jobs).toEqual([{ name: 'usage.record', id: record.requestId, records: [record] }]);
    answers[0]?.take();
    await sent;
  });

  it('sends records that arrive while a job is being added in one job, and fulfils when the queue has it', async () => {
    const { jobs, answers, sender } = slowQueue();
    const records = [aUsageRecord(), aUsageRecord(), aUsageRecord()];
    const durable: string[] = [];
    for (const record of records) void sender.send(record).then(() => durable.push(record.requestId));
    answers[0]?.take();
    await settled();
    expect(durable).toEqual([records[0]?.requestId]);
    expect(jobs[1]).toMatchObject({ name: 'usage.records', records: records.slice(1) });
    answers[1]?.take();
    await settled();
    expect(durable).toEqual(records.map(({ requestId }) => requestId));
  });

  it('rejects every record of a refused job and goes on with the next job', async () => {
    const { jobs, answers, sender } = slowQueue();
    const first = sender.send(aUsageRecord());
    const refused = Promise.allSettled([sender.send(aUsageRecord()), sender.send(aUsageRecord())]);
    answers[0]?.take();
    await first;
    await settled();
    const next = sender.send(aUsageRecord());
    answers[1]?.refuse(new Error('the queue is down'));
    expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await settled();
    answers[2]?.take();
    await next;
    expect(jobs.map(({ records }) => records.length)).toEqual([1, 2, 1]);
  });
});

describe('recordDurably', () => {
  function refusing(refusals: number): UsageSender & { ids: string[] } {
    const ids: string[] = [];
    const send: UsageSender['send'] = async ({ requestId }) => {
      ids.push(requestId);
      if (ids.length <= refusals) throw new Error('the queue is down');
    };
    return { ids, send };
  }

  it('sends the record under its request id until the queue takes it', async () => {
    const clock = new ManualClock();
    const record = aUsageRecord();
    const sender = refusing(2);
    const recorded = recordDurably(sender, record, { until: clock.now() + 1_000, clock });
    await clock.advance(1_000);
    await recorded;
    expect(sender.ids).toEqual([record.requestId, record.requestId, record.requestId]);
  });

  it('rejects if the queue does not take the record, but not before five seconds', async () => {
    const clock = new ManualClock();
    const retries: unknown[] = [];
    const onRetry = (error: unknown): void => void retries.push(error);
    const recorded = recordDurably(refusing(Infinity), aUsageRecord(), { until: 0, onRetry, clock });
    let ended = false;
    const rejected = expect(recorded.finally(() => (ended = true))).rejects.toThrow('the queue is down');
    await clock.advance(3_900);
    expect(ended).toBe(false);
    await clock.advance(2_000);
    await rejected;
    expect(retries.length).toBeGreaterThan(3);
  });
});
