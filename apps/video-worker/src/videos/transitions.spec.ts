import { priceUsage } from '@lumenfall/metering';
import { usageRecordSchema, type FailureKind } from '@lumenfall/contracts';
import { aPlan } from '@lumenfall/testing';
import { aRow, aStop, at, aVideoOffering, handle, NOW } from '../../test/video-row.js';
import { nextPollAt, pollDelayMs } from './poll-pace.js';
import {
  afterVerdict,
  comeBackLater,
  completed,
  inDoubt,
  lookedUp,
  notTaken,
  nowhereToGo,
  stillRunning,
  submitting,
  timedOut,
} from './transitions.js';

const plan = aPlan({ modality: 'video', route: [aVideoOffering('openai'), aVideoOffering('fal')] });
const [first, second] = plan.route as [ReturnType<typeof aVideoOffering>, ReturnType<typeof aVideoOffering>];
const row = aRow({ plan, state: 'running', handle, progress: 40, pollCount: 3 });
const failure = (kind: FailureKind) => ({ kind, message: 'it said so', status: null, retryAfterMs: null });
const CHOICE = { order: [], passedOver: [] };
const file = { name: 'x.mp4', contentType: 'video/mp4', sizeBytes: 10, expiresAt: NOW + 1 };

describe('a video becomes', () => {
  it.each(['rate', 'auth', 'transient', 'timeout', 'empty'] as const)(
    'queued again after %s, for whatever its route has left',
    (kind) => {
      expect(afterVerdict(row, first, failure(kind), NOW)).toMatchObject({
        state: 'queued',
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

  it('failed where its route has nothing left, and never without its record', () => {
    const attempts = afterVerdict(
      { ...row, routeIndex: 1, candidate: aStop() },
      second,
      failure('transient'),
      NOW,
    ).attempts;
    const nothing = { offering: first, failure: failure('auth') };
    const changes = nowhereToGo({ ...row, attempts: attempts ?? [] }, nothing, CHOICE, NOW);
    expect(changes).toMatchObject({
      state: 'failed',
      error: { code: 'ALL_PROVIDERS_EXHAUSTED', message: 'All providers failed. fal: it said so' },
      usage: { choice: CHOICE, attempts: [{ credential: 'openai#test', chosen: 'only', durationMs: 5_000 }] },
    });
    expect(usageRecordSchema.parse(changes.usage)).toMatchObject({
      status: 'upstream_failure',
      charge: { quantities: [] },
    });
    // `output` absent, not null: null would mean that media were deleted.
    expect('output' in changes).toBe(false);
  });

  it('completed at the cost of the offering that made it', () => {
    const changes = completed(row, first, file, { usage: null, reportedCostUsd: null }, NOW);
    expect(changes).toMatchObject({
      state: 'completed',
      progress: 100,
      output: file,
      costMicros: 800_000,
      attempts: [{ costMicros: 800_000 }],
    });
    expect(priceUsage(usageRecordSchema.parse(changes.usage).charge).totalMicros).toBe(800_000);
  });

  it('completed at the cost that the provider reports', () => {
    expect(completed(row, first, file, { usage: null, reportedCostUsd: '0.123' }, NOW).costMicros).toBe(123_000);
  });

  it('unknown where a submission is in doubt, and looked up less and less until its deadline', () => {
    const doubt = inDoubt(row, first, null, NOW);
    expect(doubt).toMatchObject({ state: 'unknown', nextActionAt: at(2), attempts: [{ failure: 'ambiguous' }] });
    const next = [1, 2, 3].map((count) => lookedUp(row, count, NOW).nextActionAt);
    expect(next).toEqual([at(15), at(60), row.deadline]);
    expect(lookedUp(row, null, NOW).nextActionAt).toEqual(row.deadline);
  });

  it('queued again where the provider certainly has nothing of it', () => {
    const { attempts = [] } = inDoubt(row, first, null, NOW);
    expect(notTaken({ ...row, attempts }, NOW)).toMatchObject({
      state: 'queued',
      attempts: [{ failure: 'transient' }],
    });
  });

  it('queued a while longer where nothing can be tried just now, but not for ever', () => {
    expect(comeBackLater(row, NOW)).toEqual({ nextActionAt: at(5) });
    expect(comeBackLater({ ...row, createdAt: at(-121) }, NOW)).toBeNull();
  });

  it('submitted with what finds its key and its reasons again, keeping the first choice', () => {
    const stop = { index: 1, credential: 'fal#2', chosen: 'next', startedAt: NOW } as const;
    expect(submitting({ ...row, candidate: null }, stop, CHOICE, NOW)).toMatchObject({
      routeIndex: 1,
      candidate: { credential: 'fal#2', chosen: 'next', startedAt: NOW, choice: CHOICE },
    });
    const other = { order: [], passedOver: [{ executedModel: 'x/y', why: 'denied-by-organization' }] };
    expect(submitting({ ...row, candidate: aStop() }, stop, other, NOW).candidate?.choice).toEqual(CHOICE);
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
