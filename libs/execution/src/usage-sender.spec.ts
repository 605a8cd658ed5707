import type { JobPayload, UsageRecord } from '@lumenfall/contracts';
import type { JobProducer } from '@lumenfall/queue';
import { aUsageRecord } from '@lumenfall/testing';
import { GatheringSender } from './usage-sender.js';

/** A queue whose answers are given by the test, one job after the other. */
function slowQueue() {
  const jobs: { name: string; id: string; records: UsageRecord[] }[] = [];
  const answers: { take(): void; refuse(error: Error): void }[] = [];
  const enqueue: JobProducer['enqueue'] = (name, payload, { id }) => {
    const records =
      name === 'usage.records' ? (payload as JobPayload<'usage.records'>).records : [payload as UsageRecord];
    jobs.push({ name, id, records });
    return new Promise((take, refuse) => answers.push({ take, refuse }));
  };
  return { jobs, answers, sender: new GatheringSender({ enqueue }) };
}

const settled = async (): Promise<void> => void (await new Promise((resolve) => setImmediate(resolve)));

describe('usage records on their way to the queue', () => {
  it('go alone and at once where nothing is under way', async () => {
    const { jobs, answers, sender } = slowQueue();
    const record = aUsageRecord();
    const sent = sender.send(record);
    expect(jobs).toEqual([{ name: 'usage.record', id: record.requestId, records: [record] }]);
    answers[0]?.take();
    await sent;
  });

  it('go together where they come while another is under way, and are durable only then', async () => {
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

  it('all learn that their job was refused, and the next ones go on', async () => {
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
