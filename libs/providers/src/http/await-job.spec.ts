import { succeed } from '@lumenfall/contracts';
import { contextFor } from '../contract/call-context.js';
import type { Outcome } from '../spec/index.js';
import { awaitJob, type JobPoll } from './await-job.js';
import { failed } from './failures.js';

const LIMITS = { connectMs: 1_000, firstByteMs: 1_000, idleMs: 20_000, wholeMs: 120_000 };
const down = failed('transient', 'down', { status: 503 });
const running = succeed<JobPoll<string>>({ running: true });
const made = succeed<JobPoll<string>>({ running: false, outcome: succeed('made') });

/**
 * Awaits a job whose provider answers the polls in turn and repeats the last answer, on a clock that only pauses move.
 */
async function wait(answers: Outcome<JobPoll<string>>[], cancel: Outcome<unknown> | undefined) {
  let [polls, cancelled, now] = [0, 0, 0];
  const outcome = await awaitJob<string>(
    {
      poll: async () => answers[Math.min(polls++, answers.length - 1)] ?? running,
      cancel: async () => {
        cancelled += 1;
        return cancel;
      },
    },
    contextFor('http://127.0.0.1:9', 'fal', { limits: LIMITS }),
    { now: () => now, pause: async (ms) => void (now += ms) },
  );
  return { outcome, polls, cancelled, elapsedMs: now };
}

describe('awaitJob', () => {
  it('polls a job until it has ended, although some polls fail', async () => {
    expect(await wait([running, down, down, running, down, made], undefined)).toMatchObject({
      outcome: succeed('made'),
      polls: 6,
      cancelled: 0,
    });
  });

  it('returns `ambiguous` if polls fail for the idle limit and the job cannot be cancelled', async () => {
    const { outcome, polls, cancelled, elapsedMs } = await wait([running, down], undefined);
    expect(outcome).toMatchObject({ ok: false, error: { kind: 'ambiguous' } });
    expect([polls > 2, cancelled]).toEqual([true, 1]);
    expect(elapsedMs).toBeLessThan(LIMITS.idleMs + 3_000);
  });

  it('returns the failure of the poll if the job could be cancelled', async () => {
    const { outcome } = await wait([down], succeed(null));
    expect(outcome).toEqual(down);
  });

  it('cancels a job that is running at the end of the whole limit, and polls it at most every 2 seconds', async () => {
    const { outcome, cancelled, elapsedMs, polls } = await wait([running], succeed(null));
    expect([outcome, cancelled]).toMatchObject([{ error: { kind: 'timeout' } }, 1]);
    expect(elapsedMs).toBeGreaterThanOrEqual(LIMITS.wholeMs);
    expect(elapsedMs).toBeLessThan(LIMITS.wholeMs + 2_001);
    expect(polls).toBeLessThan(75);
  });
});
