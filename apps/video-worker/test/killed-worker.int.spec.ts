import { jest } from '@jest/globals';
import type { VideoRow } from '@lumenfall/videos';
import type { QueueEngine } from '@lumenfall/queue';
import { eventually, freshDatabase, testRedisUrl, type FreshDatabase } from '@lumenfall/testing';
import { jobOf } from '../src/videos/follow-up.js';
import { dyingPorts } from './dying-ports.js';
import { running, scriptedVideos, succeeded } from './scripted-videos.js';
import { PRICE } from './video-row.js';
import { GRANT, openVideoStudio, type VideoStudio } from './video-studio.js';

jest.setTimeout(240_000);

/** Every call to the outside that a video's whole life makes: a worker can be killed after each of them, or before all. */
const CALLS = [
  ...['get', 'move', 'submit', 'move', 'enqueue'],
  ...['get', 'poll', 'move', 'enqueue'],
  ...['get', 'poll', 'move', 'fetchMedia', 'save', 'move', 'enqueue', 'move'],
];
const KILLS = [0, ...CALLS.keys()].map((_, after) => after);
/** Killed between its reservation and the saved handle: nobody can know whether the provider has the work. */
const IN_DOUBT = [2, 3];
const AT_ONCE = 9;

interface Outcome {
  row: VideoRow;
  submissions: number;
  balance: number;
}

describe('a video whose worker is killed', () => {
  let studio: VideoStudio;
  const databases: FreshDatabase[] = [];
  beforeAll(async () => (studio = await openVideoStudio()));
  afterAll(async () => {
    await studio.close();
    await Promise.all(databases.map((database) => database.drop()));
  });

  /** A queue that no other test sees: quick to make on Redis, a database of its own elsewhere. */
  async function newQueue(): Promise<QueueEngine> {
    if (process.env['LUMENFALL_TEST_REDIS']) return studio.openQueue(testRedisUrl());
    const database = await freshDatabase();
    databases.push(database);
    return studio.openQueue(database.url);
  }

  const aProvider = () => scriptedVideos({ openai: { polls: [running(30), succeeded()] } });
  const longAgo = (): Date => new Date(Date.now() - 60_000);

  /** One video: its first worker is killed after so many calls, and another has to bring it to its end. */
  async function life(after: number, queueIsLost: boolean): Promise<Outcome> {
    const provider = aProvider();
    const { requestId, organizationId, ...video } = await studio.newVideo(['openai']);
    const first = await newQueue();
    const { ports, death } = dyingPorts(studio.portsOf(first, provider, organizationId), after);
    const dying = await studio.startWorker(first, ports);
    await studio.enqueue(first, { ...video, requestId, organizationId });
    await death.dead;
    const { version: lastMove } = await studio.read(requestId);
    const left = dying.close(0);

    const queue = queueIsLost ? await newQueue() : first;
    await studio.startBilling(queue);
    if (!queueIsLost) await left;
    const healthy = studio.portsOf(queue, provider, organizationId);
    const host = await studio.startWorker(queue, healthy);
    const row = await eventually(async () => {
      const now = await studio.read(requestId);
      if (now.usageQueuedAt !== null) return now;
      await bringForward(now, queue, now.version === lastMove);
      await studio.sweep(healthy);
      return null;
    }, 60_000);
    await eventually(async () => (await queue.producer().depth('usage')) === 0);
    await host.close(500);
    return { row, submissions: provider.submitted.length, balance: await studio.balance(organizationId) };
  }

  /**
   * What only has to be waited for (the dead worker's reservation, the sweep's patience, the deadline of doubt) is made to
   * be over: once each, and never under a living worker, since a row that is changed faster than a busy machine gets to
   * its job never ends.
   */
  async function bringForward(row: VideoRow, queue: QueueEngine, isAsTheDeadLeftIt: boolean): Promise<void> {
    const { requestId, completedAt, state, deadline } = row;
    const nextAction = row.nextActionAt.getTime();
    const now = Date.now();
    if (completedAt !== null) {
      if (completedAt.getTime() > now - 30_000) await studio.change(requestId, { completedAt: longAgo() });
    } else if (state === 'unknown') {
      if (deadline.getTime() > now) await studio.change(requestId, { deadline: longAgo(), nextActionAt: longAgo() });
    } else if (
      (nextAction > now + 10_000 && isAsTheDeadLeftIt) ||
      (nextAction < now - 3_000 && !(await hasJob(row, queue)))
    ) {
      await studio.change(requestId, { nextActionAt: longAgo() });
    }
  }

  async function hasJob(row: VideoRow, queue: QueueEngine): Promise<boolean> {
    const standing = await queue.producer().state('video', jobOf(row).id);
    return standing === 'waiting' || standing === 'active';
  }

  async function lives(queueIsLost: boolean): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let begin = 0; begin < KILLS.length; begin += AT_ONCE) {
      const batch = KILLS.slice(begin, begin + AT_ONCE);
      outcomes.push(...(await Promise.all(batch.map((after) => life(after, queueIsLost)))));
    }
    return outcomes;
  }

  it('makes these calls in its life', async () => {
    const queue = await newQueue();
    const video = await studio.newVideo(['openai']);
    const { ports, death } = dyingPorts(studio.portsOf(queue, aProvider(), video.organizationId), Infinity);
    const host = await studio.startWorker(queue, ports);
    await studio.enqueue(queue, video);
    await eventually(() => death.calls.length >= CALLS.length, 20_000);
    expect(death.calls).toEqual(CALLS);
    await host.close(500);
  });

  describe.each([
    ['is delivered again', false],
    ['is lost with the whole queue', true],
  ])('while its job %s', (_name, queueIsLost) => {
    let outcomes: Outcome[];
    beforeAll(async () => (outcomes = await lives(queueIsLost)));

    it.each(KILLS.map((after) => [after, CALLS[after - 1] ?? 'nothing']))(
      'after call %d (%s) ends once, charged once',
      (after) => {
        const outcome = outcomes[after];
        const doubtful = IN_DOUBT.includes(after);
        // A record that was handed over to a queue that then lost it is beyond the row's knowledge.
        const chargeLost = queueIsLost && after === CALLS.length;
        expect(outcome?.row).toMatchObject(
          doubtful
            ? { state: 'failed', costMicros: 0, error: { code: 'TIMEOUT' } }
            : { state: 'completed', costMicros: PRICE },
        );
        expect(outcome?.submissions).toBe(after === 2 ? 0 : 1);
        expect(outcome?.balance).toBe(doubtful || chargeLost ? GRANT : GRANT - PRICE);
      },
    );
  });
});
