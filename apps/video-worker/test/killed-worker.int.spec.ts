import { jest } from '@jest/globals';
import { jobOf, type VideoRow } from '@lumenfall/videos';
import type { QueueEngine } from '@lumenfall/queue';
import { eventually, freshDatabase, testRedisUrl, type FreshDatabase } from '@lumenfall/testing';
import { dyingPorts } from './dying-ports.js';
import { running, scriptedVideos, succeeded } from './scripted-videos.js';
import { PRICE } from './video-row.js';
import { GRANT, openVideoHarness, type VideoHarness } from './video-harness.js';

jest.setTimeout(240_000);

/** Every external call of a video from start to end: a worker can be killed after each of them, or before all. */
const CALLS = [
  ...['get', 'move', 'submit', 'move', 'enqueue'],
  ...['get', 'poll', 'move', 'enqueue'],
  ...['get', 'poll', 'move', 'fetchMedia', 'save', 'move', 'append', 'move'],
];
const KILLS = [0, ...CALLS.keys()].map((_, after) => after);
/** Killed between its reservation and the saved handle: it is unknown whether the provider has accepted the video. */
const IN_DOUBT = [2, 3];
const AT_ONCE = 9;

interface Outcome {
  row: VideoRow;
  submissions: number;
  balance: number;
}

describe('a video whose worker is killed', () => {
  let harness: VideoHarness;
  const databases: FreshDatabase[] = [];
  beforeAll(async () => (harness = await openVideoHarness()));
  afterAll(async () => {
    await harness.close();
    await Promise.all(databases.map((database) => database.drop()));
  });

  /** A queue of its own: a prefix on Redis, else a database. */
  async function newQueue(): Promise<QueueEngine> {
    if (process.env['LUMENFALL_TEST_REDIS']) return harness.openQueue(testRedisUrl());
    const database = await freshDatabase();
    databases.push(database);
    return harness.openQueue(database.url);
  }

  const aProvider = () => scriptedVideos({ openai: { polls: [running(30), succeeded()] } });
  const longAgo = (): Date => new Date(Date.now() - 60_000);

  /** One video: its first worker is killed after `after` calls, and another one has to finish it. */
  async function life(after: number, queueIsLost: boolean): Promise<Outcome> {
    const provider = aProvider();
    const { requestId, organizationId, ...video } = await harness.newVideo(['openai']);
    const first = await newQueue();
    const { ports, death } = dyingPorts(harness.portsOf(first, provider, organizationId), after);
    const dying = await harness.startWorker(first, ports);
    await harness.enqueue(first, { ...video, requestId, organizationId });
    await death.dead;
    const { version: lastMove } = await harness.read(requestId);
    const left = dying.close(0);

    const queue = queueIsLost ? await newQueue() : first;
    await harness.startBilling(queue);
    if (!queueIsLost) await left;
    const healthy = harness.portsOf(queue, provider, organizationId);
    const host = await harness.startWorker(queue, healthy);
    const row = await eventually(async () => {
      const now = await harness.read(requestId);
      if (await harness.isRecorded(requestId)) return now;
      await bringForward(now, queue, now.version === lastMove);
      await harness.sweep(healthy);
      return null;
    }, 60_000);
    await host.close(500);
    return { row, submissions: provider.submitted.length, balance: await harness.balance(organizationId) };
  }

  /**
   * Ends what would only have to be waited for (the dead worker's reservation, the delay of the sweep, the deadline):
   * once each, and never under a living worker, since a row that changes faster than a busy machine runs its job never
   * ends.
   */
  async function bringForward(row: VideoRow, queue: QueueEngine, isUnchanged: boolean): Promise<void> {
    const { requestId, completedAt, state, deadline } = row;
    const nextAction = row.nextActionAt.getTime();
    const now = Date.now();
    if (completedAt !== null) {
      await harness.missedFor(requestId, 60_000);
    } else if (state === 'unknown') {
      if (deadline.getTime() > now) await harness.change(requestId, { deadline: longAgo(), nextActionAt: longAgo() });
    } else if (
      (nextAction > now + 10_000 && isUnchanged) ||
      (nextAction < now - 3_000 && !(await hasJob(row, queue)))
    ) {
      await harness.change(requestId, { nextActionAt: longAgo() });
    }
  }

  async function hasJob(row: VideoRow, queue: QueueEngine): Promise<boolean> {
    const state = await queue.producer().state('video', jobOf(row).id);
    return state === 'waiting' || state === 'active';
  }

  async function lives(queueIsLost: boolean): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let begin = 0; begin < KILLS.length; begin += AT_ONCE) {
      const batch = KILLS.slice(begin, begin + AT_ONCE);
      outcomes.push(...(await Promise.all(batch.map((after) => life(after, queueIsLost)))));
    }
    return outcomes;
  }

  it('makes these external calls from start to end', async () => {
    const queue = await newQueue();
    const video = await harness.newVideo(['openai']);
    const { ports, death } = dyingPorts(harness.portsOf(queue, aProvider(), video.organizationId), Infinity);
    const host = await harness.startWorker(queue, ports);
    await harness.enqueue(queue, video);
    await eventually(() => death.calls.length >= CALLS.length, 20_000);
    expect(death.calls).toEqual(CALLS);
    await host.close(500);
  });

  describe.each([
    ['is delivered again', false],
    ['is lost with the whole queue', true],
  ])('when its job %s', (_name, queueIsLost) => {
    let outcomes: Outcome[];
    beforeAll(async () => (outcomes = await lives(queueIsLost)));

    it.each(KILLS.map((after) => [after, CALLS[after - 1] ?? 'nothing']))(
      'after call %d (%s) ends once and is charged once',
      (after) => {
        const outcome = outcomes[after];
        const unknown = IN_DOUBT.includes(after);
        expect(outcome?.row).toMatchObject(
          unknown
            ? { state: 'failed', costMicros: 0, error: { code: 'TIMEOUT' } }
            : { state: 'completed', costMicros: PRICE },
        );
        expect(outcome?.submissions).toBe(after === 2 ? 0 : 1);
        expect(outcome?.balance).toBe(unknown ? GRANT : GRANT - PRICE);
      },
    );
  });
});
