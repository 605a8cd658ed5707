import { priceUsage } from '@lumenfall/catalog';
import { usageRecordSchema, type FailureKind } from '@lumenfall/contracts';
import { aPlan } from '@lumenfall/testing';
import { aRow, at, aVideoOffering, handle, NOW } from '../../test/video-row.js';
import { nextPollAt, pollDelayMs } from './poll-pace.js';
import { afterVerdict, completed, inDoubt, stillRunning, timedOut } from './transitions.js';

const plan = aPlan({ modality: 'video', route: [aVideoOffering('openai'), aVideoOffering('fal')] });
const [first, second] = plan.route as [ReturnType<typeof aVideoOffering>, ReturnType<typeof aVideoOffering>];
const row = aRow({ plan, state: 'running', handle, progress: 40, pollCount: 3 });
const failure = (kind: FailureKind) => ({ kind, message: 'it said so', status: null, retryAfterMs: null });
const file = { name: 'x.mp4', contentType: 'video/mp4', sizeBytes: 10, expiresAt: NOW + 1 };

describe('a video becomes', () => {
  it.each(['rate', 'auth', 'transient', 'timeout', 'empty'] as const)(
    'queued at its next offering after %s',
    (kind) => {
      expect(afterVerdict(row, first, failure(kind), NOW)).toMatchObject({
        state: 'queued',
        routeIndex: 1,
        handle: null,
        progress: 0,
        pollCount: 0,
      });
    },
  );

  it.each(['client', 'moderation'] as const)('failed after %s, whatever is left of its route', (kind) => {
    expect(afterVerdict(row, first, failure(kind), NOW)).toMatchObject({
      state: 'failed',
      costMicros: 0,
      completedAt: at(0),
    });
  });

  it('failed after the last offering, and never without its record', () => {
    const changes = afterVerdict({ ...row, routeIndex: 1 }, second, failure('transient'), NOW);
    expect(changes).toMatchObject({ state: 'failed', error: { code: 'ALL_PROVIDERS_EXHAUSTED' } });
    expect(usageRecordSchema.parse(changes.usage)).toMatchObject({
      status: 'upstream_failure',
      charge: { quantities: [] },
    });
    // `output` absent, not null: null would mean that media were deleted.
    expect('output' in changes).toBe(false);
  });

  it('completed at the cost of the offering that made it', () => {
    const changes = completed(row, first, file, { usage: null, reportedCostUsd: null }, NOW);
    expect(changes).toMatchObject({ state: 'completed', progress: 100, output: file, costMicros: 800_000 });
    expect(priceUsage(usageRecordSchema.parse(changes.usage).charge).totalMicros).toBe(800_000);
  });

  it('completed at the cost that the provider reports', () => {
    expect(completed(row, first, file, { usage: null, reportedCostUsd: '0.123' }, NOW).costMicros).toBe(123_000);
  });

  it('unknown until its deadline where a submission is in doubt', () => {
    expect(inDoubt(row, first, null, NOW)).toMatchObject({
      state: 'unknown',
      nextActionAt: row.deadline,
      attempts: [{ failure: 'ambiguous' }],
    });
  });

  it('timed out without a second line for what is in its attempts already', () => {
    const doubtful = aRow({ plan, state: 'unknown' });
    expect(timedOut(doubtful, first, NOW)).toMatchObject({ state: 'failed', error: { code: 'TIMEOUT' }, attempts: [] });
    expect(timedOut(row, first, NOW).attempts).toHaveLength(1);
  });

  it.each([
    [null, 40],
    [10, 40],
    [70.4, 70],
    [100, 99],
  ])('no less finished than it was, and not finished by progress %p', (progress, shown) => {
    expect(stillRunning(row, progress, NOW).progress).toBe(shown);
  });
});

describe('the pace of looking', () => {
  it('begins at half a second and slows down to ten', () => {
    expect([0, 1, 2, 20, 1000].map(pollDelayMs)).toEqual([500, 750, 1125, 10_000, 10_000]);
  });

  it('follows a provider that asks for more time, within reason, and never leaves the deadline behind', () => {
    expect(nextPollAt({ pollCount: 0, deadline: at(600) }, NOW, 5_000)).toEqual(at(5));
    expect(nextPollAt({ pollCount: 0, deadline: at(600) }, NOW, 3_600_000)).toEqual(at(60));
    expect(nextPollAt({ pollCount: 9, deadline: at(1) }, NOW)).toEqual(at(1));
    expect(nextPollAt({ pollCount: 9, deadline: at(-5) }, NOW)).toEqual(at(0));
  });
});
