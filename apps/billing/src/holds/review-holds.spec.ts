import type { DueHold, HoldReviews } from '@lumenfall/ledger';
import { createLogger } from '@lumenfall/service-kit';
import { reviewHolds, verdictOf } from './review-holds.js';

const due = (changes: Partial<DueHold> = {}): DueHold => ({
  requestId: 'req_1',
  modality: 'text',
  hasRow: false,
  overdue: false,
  doubtedForMs: null,
  ...changes,
});
const doubted = { doubtedForMs: 6_000 };

describe('the review of a hold', () => {
  it.each([
    ['a row will settle it', due({ hasRow: true }), 'gone', 'extend'],
    ['a row will settle it, past its deadline', due({ hasRow: true, overdue: true, ...doubted }), 'gone', 'extend'],
    ['its job waits', due(), 'waiting', 'extend'],
    ['its job runs', due(doubted), 'active', 'extend'],
    ['the queue does not answer', due(doubted), 'unknown', 'extend'],
    ['its job is gone', due(), 'gone', 'doubt'],
    ['its job is gone since the last review', due(doubted), 'gone', 'expire'],
    ['its usage record may not be applied yet', due({ doubtedForMs: 900 }), 'gone', 'wait'],
    ['its job was given up', due(doubted), 'failed', 'expire'],
    ['its job waits past its deadline', due({ overdue: true }), 'waiting', 'doubt'],
    ['its job still waits past its deadline', due({ overdue: true, ...doubted }), 'waiting', 'expire'],
    ['the queue does not answer past its deadline', due({ overdue: true, ...doubted }), 'unknown', 'expire'],
  ] as const)('if %s: %j with a job that is %s -> %s', (_, hold, job, verdict) => {
    expect(verdictOf(hold, job, 1_000)).toBe(verdict);
  });

  it('asks a queue that does not answer once in a round, and keeps the holds', async () => {
    const extended: string[] = [];
    let asked = 0;
    const holds = Array.from({ length: 120 }, (_, at) => due({ requestId: `req_${at}`, ...doubted }));
    const reviews = {
      due: async () => holds,
      extend: async (ids: readonly string[]) => void extended.push(...ids),
    } as unknown as HoldReviews;
    const jobs = { state: async () => ((asked += 1), Promise.reject(new Error('down'))) };
    const usage = { figures: async () => ({ depth: 0, lagMs: 0, setAside: 0 }) };
    await reviewHolds({ reviews, jobs, usage, log: createLogger('test', 'silent') });
    expect(extended).toHaveLength(120);
    // The first look-ups of a round run at the same time.
    expect(asked).toBeLessThanOrEqual(50);
  });
});
