import { priceUsage } from '@lumenfall/metering';
import { usageRecordSchema, type FailureKind } from '@lumenfall/contracts';
import { aPlan } from '@lumenfall/testing';
import { aCandidate, aRow, at, aVideoOffering, handle, NOW } from '../../test/video-row.js';
import {
  afterVerdict,
  requeued,
  completed,
  inDoubt,
  lookedUp,
  notTaken,
  pollAgain,
  submitted,
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
const file = {
  name: 'x.mp4',
  contentType: 'video/mp4',
  sizeBytes: 10,
  expiresAt: NOW + 1,
  durationSeconds: 8,
  width: 1280,
  height: 720,
};

describe('a video', () => {
  it.each(['rate', 'auth', 'transient', 'timeout', 'empty'] as const)('is queued again after %s', (kind) => {
    expect(afterVerdict(row, first, failure(kind), NOW)).toMatchObject({
      state: 'queued',
      handle: null,
      progress: 0,
      pollCount: 0,
    });
  });

  it.each(['client', 'moderation', 'cancelled', 'ambiguous'] as const)('fails after %s', (kind) => {
    expect(afterVerdict(row, first, failure(kind), NOW)).toMatchObject({
      state: 'failed',
      costMicros: 0,
      completedAt: at(0),
    });
  });

  it('fails with a usage record if its route has no candidate left', () => {
    const attempts = afterVerdict(
      { ...row, routeIndex: 1, candidate: aCandidate() },
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

  it('is completed at the price of its offering', () => {
    const changes = completed(row, first, file, { usage: null, reportedCostUsd: null }, NOW);
    expect(changes).toMatchObject({
      state: 'completed',
      progress: 100,
      output: file,
      costMicros: 800_000,
      attempts: [{ costMicros: 800_000, costBasis: 'requested', chargedMicros: 800_000 }],
    });
    expect(priceUsage(usageRecordSchema.parse(changes.usage).charge).totalMicros).toBe(800_000);
  });

  it.each([
    ['for the seconds that were made, if it is shorter than planned', { durationSeconds: 4 }, 400_000],
    ['as planned, if only the frame rate shortens it', { durationSeconds: 7.96 }, 800_000],
    ['as planned, if it is longer', { durationSeconds: 12 }, 800_000],
    ['as planned, if the file does not state its length', { durationSeconds: null }, 800_000],
    ['as planned, if the file cannot be measured', { durationSeconds: null, width: null, height: null }, 800_000],
  ])('is charged %s', (_, measured, costMicros) => {
    const output = { ...file, ...measured };
    expect(completed(row, first, output, { usage: null, reportedCostUsd: null }, NOW)).toMatchObject({ costMicros });
  });

  it('is completed at the cost that the provider reports', () => {
    expect(completed(row, first, file, { usage: null, reportedCostUsd: '0.123' }, NOW)).toMatchObject({
      costMicros: 123_000,
      attempts: [{ costMicros: 123_000, costBasis: 'reported' }],
    });
  });

  it('becomes unknown after an interrupted submission, with look-ups until its deadline', () => {
    const doubt = inDoubt(row, first, null, NOW);
    expect(doubt).toMatchObject({ state: 'unknown', nextActionAt: at(2), attempts: [{ failure: 'ambiguous' }] });
    const next = [1, 2, 3].map((count) => lookedUp(row, count, NOW).nextActionAt);
    expect(next).toEqual([at(15), at(60), row.deadline]);
    expect(lookedUp(row, null, NOW).nextActionAt).toEqual(row.deadline);
  });

  it('is queued again if the provider certainly has no job', () => {
    const { attempts = [] } = inDoubt(row, first, null, NOW);
    expect(notTaken({ ...row, attempts }, NOW)).toMatchObject({
      state: 'queued',
      attempts: [{ failure: 'transient' }],
    });
  });

  it('stays queued for up to two minutes if no candidate is available', () => {
    expect(requeued(row, NOW)).toEqual({ nextActionAt: at(5) });
    expect(requeued({ ...row, createdAt: at(-121) }, NOW)).toBeNull();
  });

  it('stores its credential and the first choice of its route when it is submitted', () => {
    const step = { index: 1, credential: 'fal#2', chosen: 'next', startedAt: NOW } as const;
    expect(submitting({ ...row, candidate: null }, step, CHOICE, NOW)).toMatchObject({
      routeIndex: 1,
      candidate: { credential: 'fal#2', chosen: 'next', startedAt: NOW, choice: CHOICE },
    });
    const other = { order: [], passedOver: [{ executedModel: 'x/y', why: 'denied-by-organization' }] };
    expect(submitting({ ...row, candidate: aCandidate() }, step, other, NOW).candidate?.choice).toEqual(CHOICE);
  });

  it('gets no second attempt for an unknown submission when it times out', () => {
    const doubtful = aRow({ plan, state: 'unknown' });
    expect(timedOut(doubtful, first, NOW)).toMatchObject({ state: 'failed', error: { code: 'TIMEOUT' }, attempts: [] });
    expect(timedOut(row, first, NOW).attempts).toHaveLength(1);
  });

  it.each([
    [null, 40],
    [10, 40],
    [70.4, 70],
    [100, 99],
  ])('never reports less progress than before, nor 100 percent: %p', (progress, shown) => {
    expect(stillRunning(row, progress, NOW).progress).toBe(shown);
  });
});

describe('the next poll', () => {
  it('is due after half a second at first and ten seconds later on', () => {
    const delays = [1, 2, 3, 20, 1000].map((count) => {
      const { nextActionAt } = stillRunning({ ...row, pollCount: count - 1 }, null, NOW);
      return Number(nextActionAt) - NOW;
    });
    expect(delays).toEqual([750, 1125, 1688, 10_000, 10_000]);
    expect(submitted(row, handle, NOW).nextActionAt).toEqual(new Date(NOW + 500));
  });

  it('waits for a Retry-After of up to a minute, and never beyond the deadline', () => {
    const limited = (retryAfterMs: number) => ({ ...failure('rate'), retryAfterMs });
    const first = { ...row, pollCount: 0 };
    expect(pollAgain(first, limited(5_000), NOW).nextActionAt).toEqual(at(5));
    expect(pollAgain(first, limited(3_600_000), NOW).nextActionAt).toEqual(at(60));
    expect(pollAgain({ ...row, deadline: at(1) }, failure('transient'), NOW).nextActionAt).toEqual(at(1));
    expect(pollAgain({ ...row, deadline: at(-5) }, failure('transient'), NOW).nextActionAt).toEqual(at(0));
  });
});
