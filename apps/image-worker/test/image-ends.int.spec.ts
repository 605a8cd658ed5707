import type { ReplyPart } from '@lumenfall/contracts';
import { endAbandonedAnswer } from '@lumenfall/execution';
import { describeWithRedis, eventually, testRedisUrl } from '@lumenfall/testing';
import { generateImages, type ImagePorts } from '../src/images/generate-images.js';
import { settleAbandonedRun } from '../src/images/image-outcome.js';
import { sendLostRecords } from '../src/images/lost-records.js';
import { anImageJob, generation, image, type ImageScript } from './scripted-images.js';
import { ImageHarness } from './image-harness.js';

/** Ports of a worker that dies at one step: nothing of its run happens afterwards. */
type Death = (ports: ImagePorts, die: () => Promise<never>) => ImagePorts;

const DEATHS: [when: string, madeAgain: boolean, Death][] = [
  ['when the provider has answered', true, (ports, die) => ({ ...ports, store: { ...ports.store, save: die } })],
  ['when the files are saved', true, (ports, die) => ({ ...ports, runs: { ...ports.runs, end: die } })],
  [
    'when the outcome is stored',
    false,
    (ports, die) => ({
      ...ports,
      runs: { ...ports.runs, end: async (...given) => ports.runs.end(...given).then(die) },
    }),
  ],
  [
    'when the record is sent',
    false,
    (ports, die) => ({ ...ports, usage: { append: async (...records) => ports.usage.append(...records).then(die) } }),
  ],
  [
    'when the answer is sent',
    false,
    (ports, die) => ({ ...ports, outbox: { send: async (...given) => ports.outbox.send(...given).then(die) } }),
  ],
];

function endsOnce(queueUrl: () => string | null): void {
  const harness = new ImageHarness(queueUrl);
  let made = 0;
  const works: ImageScript = {
    generate: async () => {
      made += 1;
      return generation([await image()]);
    },
  };
  beforeEach(() => void (made = 0));
  const run = (number: number) => ({ run: number, signal: new AbortController().signal });
  /** Fulfils when `number` parts have arrived. */
  const heard = async (parts: readonly ReplyPart[], number = 1): Promise<readonly ReplyPart[]> => {
    await eventually(() => parts.length >= number);
    return parts;
  };
  const never = (): Promise<never> => new Promise(() => undefined);

  it.each(DEATHS)('once if its worker died: %s', async (_when, madeAgain, death) => {
    const { job, parts } = await harness.accepted(anImageJob(['gemini'], { n: 2 }));
    const ports = await harness.portsOf({ gemini: works });
    await new Promise<void>((dead) => {
      const die = (): Promise<never> => (dead(), never());
      void generateImages(job, run(1), death(ports, die));
    });
    await generateImages(job, run(2), ports);
    expect(made).toBe(madeAgain ? 4 : 2);

    const end = await harness.database.imageRuns.endOf(job.requestContext.requestId);
    if (end === null || end === 'running' || end.end.state !== 'answered') throw new Error('It has not been answered');
    const { answer } = end.end;
    expect(answer).toMatchObject({ images: [{}, {}], metadata: { cost: 0.08 } });
    expect((await heard(parts)).at(-1)).toEqual({ type: 'images', ...answer });
    expect(await harness.files()).toEqual(expect.arrayContaining(answer.images.map(({ file }) => file.name)));
    const records = await harness.recordsOf(job);
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) expect(record).toEqual(end.usage);
  });

  it('once if two workers had the job at the same time', async () => {
    const { job, parts } = await harness.accepted(anImageJob(['gemini'], { n: 2 }));
    const ports = await harness.portsOf({ gemini: works });
    await Promise.all([generateImages(job, run(1), ports), generateImages(job, run(2), ports)]);
    const [part, other] = await heard(parts);
    expect(part).toMatchObject({ type: 'images', images: [{}, {}] });
    expect(other ?? part).toEqual(part);
    const names = part?.type === 'images' ? part.images.map(({ file }) => file.name) : [];
    expect((await harness.files()).sort()).toEqual(names.sort());
    const [record, ...others] = await harness.recordsOf(job);
    expect(record).toMatchObject({ status: 'completed', charge: { quantities: [{ quantity: 2 }] } });
    for (const again of others) expect(again).toEqual(record);
  });

  it('with its images if the job was given up after they were stored', async () => {
    const { job, parts } = await harness.accepted(anImageJob(['gemini']));
    const ports = await harness.portsOf({ gemini: works });
    await generateImages(job, run(1), ports);
    const abandoned = { name: 'image.generate', payload: job, reason: 'its workers died 2 times' };
    await endAbandonedAnswer(abandoned, { ...ports, settle: settleAbandonedRun(ports.runs) });
    const [first, second] = await heard(parts, 2);
    expect([first?.type, second]).toEqual(['images', first]);
    const [record, ...others] = await harness.recordsOf(job);
    expect(record).toMatchObject({ status: 'completed' });
    for (const again of others) expect(again).toEqual(record);
  });

  it('with a stored error if the job was given up before', async () => {
    const { job, parts } = await harness.accepted(anImageJob(['gemini']));
    const ports = await harness.portsOf({ gemini: works });
    const abandoned = { name: 'image.generate', payload: job, reason: 'its workers died 2 times' };
    await endAbandonedAnswer(abandoned, { ...ports, settle: settleAbandonedRun(ports.runs) });
    await generateImages(job, run(3), ports);
    expect([made, (await heard(parts, 2)).map(({ type }) => type)]).toEqual([0, ['error', 'error']]);
    expect(await harness.database.imageRuns.find(job.requestContext.requestId)).toMatchObject({
      error: { code: 'OVERLOADED' },
    });
    for (const record of await harness.recordsOf(job)) expect(record).toMatchObject({ charge: { quantities: [] } });
  });

  it.each([
    ['by the second run', 2, 0],
    ['during the first run', 1, 1],
  ])(
    'as cancelled, neither charged nor delivered, if its row was withdrawn: noticed %s',
    async (_when, number, calls) => {
      const { job, parts } = await harness.accepted(anImageJob(['gemini']));
      await harness.database.imageRuns.withdraw(job.requestContext.requestId);
      await generateImages(job, run(number), await harness.portsOf({ gemini: works }));
      expect([made, await heard(parts)]).toMatchObject([calls, [{ type: 'error', error: { code: 'CANCELLED' } }]]);
      expect(await harness.recordsOf(job)).toMatchObject([{ status: 'cancelled', charge: { quantities: [] } }]);
      expect(await harness.files()).toEqual([]);
    },
  );

  it('with a record that is sent again if the queue lost it', async () => {
    const { job } = await harness.accepted(anImageJob(['gemini']));
    const ports = await harness.portsOf({ gemini: works });
    await generateImages(job, run(1), ports);
    const [record] = await harness.recordsOf(job);
    const lost = { ...ports, runs: harness.database.imageRuns, usage: harness.engine.usageLog() };
    await sendLostRecords(lost, 0);
    // The log has it: there is nothing to send.
    await sendLostRecords(lost, 0);
    expect(await harness.recordsOf(job)).toEqual([record]);
    await sendLostRecords(lost, 0);
    expect(await harness.recordsOf(job)).toEqual([record]);
  });
}

describe('an image request, with a queue on PostgreSQL, ends', () => endsOnce(() => null));
describeWithRedis('an image request, with a queue on Redis, ends', () => endsOnce(testRedisUrl));
