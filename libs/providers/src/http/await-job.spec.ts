import { contextFor } from '../contract/call-context.js';
import type { Outcome } from '../spec/index.js';
import { awaitJob, type JobNews } from './await-job.js';
import { failed, succeeded } from './failures.js';

const LIMITS = { connectMs: 1_000, firstByteMs: 1_000, idleMs: 700, wholeMs: 4_000 };
const down = failed('transient', 'down', { status: 503 });
const running = succeeded<JobNews<string>>({ running: true });
const made = succeeded<JobNews<string>>({ running: false, outcome: succeeded('made') });

/** A job whose provider answers the questions in turn, the last answer again and again; `cancelled` counts its calls-off. */
async function wait(answers: Outcome<JobNews<string>>[], cancel: Outcome<unknown> | undefined) {
  let [questions, cancelled] = [0, 0];
  const outcome = await awaitJob<string>(
    {
      ask: async () => answers[Math.min(questions++, answers.length - 1)] ?? running,
      cancel: async () => {
        cancelled += 1;
        return cancel;
      },
    },
    contextFor('http://127.0.0.1:9', 'fal', { limits: LIMITS }),
  );
  return { outcome, questions, cancelled };
}

describe('a job that somebody waits for', () => {
  it('is asked after until it has ended, also where questions fail on the way', async () => {
    expect(await wait([running, down, down, running, down, made], undefined)).toEqual({
      outcome: succeeded('made'),
      questions: 6,
      cancelled: 0,
    });
  });

  it('is in doubt where its provider has not answered for long, and is not begun elsewhere', async () => {
    const { outcome, questions, cancelled } = await wait([running, down], undefined);
    expect(outcome).toMatchObject({ ok: false, failure: { kind: 'ambiguous' } });
    expect([questions > 2, cancelled]).toEqual([true, 1]);
  });

  it('has failed where it could be called off', async () => {
    const { outcome } = await wait([down], succeeded(null));
    expect(outcome).toEqual(down);
  });

  it('is called off where it takes too long', async () => {
    const { outcome, cancelled } = await wait([running], succeeded(null));
    expect([outcome, cancelled]).toMatchObject([{ failure: { kind: 'timeout' } }, 1]);
  });
});
