import { pause } from '@lumenfall/testing';
import type { Claim, LeaseClaim, LimitCounters, TakeOutcome, WindowClaim } from '../src/index.js';
import { EngineHarness } from './engine-harness.js';

const window = (limit: number, more: Partial<WindowClaim> = {}): WindowClaim => ({
  kind: 'window',
  bucket: 'requests:key',
  limit,
  amount: 1,
  windowMs: 60_000,
  ...more,
});
const lease = (limit: number, more: Partial<LeaseClaim> = {}): LeaseClaim => ({
  kind: 'lease',
  bucket: 'running:key',
  limit,
  amount: 1,
  ttlMs: 60_000,
  ...more,
});
const spend = (limit: number, amount: number, figure = 'day'): LeaseClaim =>
  lease(limit, { bucket: 'spend:key', amount, figure });

/** The behaviour of the limit counters of every engine; `newQueue` returns the URL of an empty queue. */
export function limitCountersContract(newQueue: () => Promise<string>): void {
  let harness: EngineHarness;
  let processes: LimitCounters[];
  let one: LimitCounters;
  beforeEach(async () => {
    harness = new EngineHarness(await newQueue());
    const engines = await Promise.all([harness.engine(), harness.engine(), harness.engine()]);
    processes = await Promise.all(engines.map((engine) => engine.openLimitCounters()));
    const [first] = processes;
    if (first === undefined) throw new Error('No engine was opened');
    one = first;
  });
  afterEach(() => harness.close());

  let requests = 0;
  const take = (claims: readonly Claim[], counters = one): Promise<TakeOutcome> =>
    counters.take(`req_${(requests += 1)}`, claims);
  const taken = async (claims: readonly Claim[]): Promise<boolean> => (await take(claims)).outcome === 'taken';
  const usedOf = ({ bucket }: Claim, claims: readonly Claim[], outcome: TakeOutcome): number | undefined =>
    outcome.outcome === 'unsettled'
      ? undefined
      : outcome.levels[claims.findIndex((claim) => claim.bucket === bucket)]?.used;

  it.each([
    ['requests of a minute', [window(10)], 10],
    ['tokens of a minute', [window(1_000, { amount: 100 })], 10],
    ['requests at once', [lease(10)], 10],
    ['requests at once of a key and of its organization', [lease(30), lease(10, { bucket: 'running:org' })], 10],
  ])('admits exactly the limit of 60 concurrent requests from three processes: %s', async (_, claims, limit) => {
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_none, n) => take(claims, processes[n % processes.length])),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'taken')).toHaveLength(limit);
  });

  it('counts a spend limit exactly under concurrency: figure, reservations and the request itself', async () => {
    await one.settle('spend:key', { figures: { day: 400 }, included: [] });
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_none, n) => take([spend(1_000, 60)], processes[n % processes.length])),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'taken')).toHaveLength(10);
  });

  it('takes nothing of any limit if one refuses', async () => {
    const claims = [window(100), window(1_000, { bucket: 'tokens:key', amount: 50 }), lease(1), spend(1_000, 10)];
    await one.settle('spend:key', { figures: { day: 0 }, included: [] });
    expect(await taken(claims)).toBe(true);
    for (let n = 0; n < 5; n += 1) expect(await take(claims)).toMatchObject({ outcome: 'refused', claim: 2 });
    const others = claims.filter((claim) => claim.bucket !== 'running:key');
    const outcome = await take(others);
    expect(others.map((claim) => usedOf(claim, others, outcome))).toEqual([2, 100, 20]);
  });

  it('admits no more than the limit in any window, and says when the next request fits', async () => {
    const claims = [window(3, { windowMs: 600 })];
    const times: number[] = [];
    while (times.length < 9) {
      const outcome = await take(claims);
      if (outcome.outcome === 'taken') times.push(outcome.at);
      if (outcome.outcome !== 'refused') continue;
      expect(outcome.retryMs).toBeGreaterThan(0);
      expect(outcome.retryMs).toBeLessThanOrEqual(610);
      await pause(outcome.retryMs ?? 0);
    }
    const spans = times.slice(3).map((at, n) => at - (times[n] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(600);
  });

  it('reports the refusal that lasts longest', async () => {
    expect(await take([window(10, { amount: 11 })])).toMatchObject({ outcome: 'refused', claim: 0, retryMs: null });
    const claims = [lease(1), window(1)];
    expect(await taken(claims)).toBe(true);
    const refused = await take(claims);
    expect(refused).toMatchObject({ outcome: 'refused', claim: 1 });
    expect(refused.outcome === 'refused' && refused.retryMs).toBeGreaterThan(55_000);
    expect(await take([lease(1)])).toMatchObject({ outcome: 'refused', claim: 0, retryMs: null });
  });

  it('counts a corrected amount, and forgets a correction of a window that has passed', async () => {
    const claims = [window(100, { amount: 80 })];
    const first = await take(claims);
    if (first.outcome !== 'taken') throw new Error('The first request was refused');
    const corrected = (amount: number) => ({
      kind: 'window' as const,
      bucket: 'requests:key',
      windowMs: 60_000,
      at: first.at,
      amount,
    });
    await one.give('req', [corrected(70)]);
    const small = window(100, { amount: 1 });
    expect(usedOf(small, [small], await take([small]))).toBe(11);
    await one.give('req', [corrected(-20)]);
    expect(usedOf(small, [small], await take([small]))).toBe(32);
    await one.give('req', [{ ...corrected(1_000), at: first.at - 120_000 }]);
    expect(usedOf(small, [small], await take([small]))).toBe(33);
  });

  it('ends a lease when it is given back, or when it was not renewed in time', async () => {
    const claims = [lease(1, { ttlMs: 300 })];
    expect(await one.take('req_a', claims)).toMatchObject({ outcome: 'taken' });
    await one.give('req_a', [{ kind: 'lease', bucket: 'running:key' }]);
    expect(await one.take('req_b', claims)).toMatchObject({ outcome: 'taken' });
    await one.renew([{ bucket: 'running:key', requestId: 'req_b', ttlMs: 700 }]);
    await pause(350);
    expect(await one.take('req_c', claims)).toMatchObject({ outcome: 'refused' });
    expect(await one.leases('running:key')).toEqual(['req_b']);
    await pause(400);
    await one.renew([{ bucket: 'running:key', requestId: 'req_b', ttlMs: 60_000 }]);
    expect(await one.leases('running:key')).toEqual([]);
    expect(await one.take('req_c', claims)).toMatchObject({ outcome: 'taken', levels: [{ used: 1 }] });
  });

  it('replaces leases by the figure that includes them, in one step, and never lets a figure shrink', async () => {
    const claims = [spend(1_000, 300), spend(5_000, 300, 'month')];
    expect(await one.take('req_a', claims)).toEqual({ outcome: 'unsettled', buckets: ['spend:key', 'spend:key'] });
    await one.settle('spend:key', { figures: { day: 101, month: 2_000 }, included: [] });
    expect(await one.take('req_a', claims)).toMatchObject({
      outcome: 'taken',
      levels: [{ used: 401 }, { used: 2_300 }],
    });
    expect(await one.take('req_b', claims)).toMatchObject({ outcome: 'taken' });
    expect((await one.leases('spend:key')).sort()).toEqual(['req_a', 'req_b']);
    expect(await one.take('req_c', claims)).toMatchObject({ outcome: 'refused', claim: 0, retryMs: null });
    await one.settle('spend:key', { figures: { day: 151, month: 2_050 }, included: ['req_a', 'req_none'] });
    // A process that read its figures earlier stores them later.
    await one.settle('spend:key', { figures: { day: 101, month: 2_000 }, included: [] });
    expect(await one.take('req_c', claims)).toMatchObject({ levels: [{ used: 751 }, { used: 2_650 }] });
    await one.settle('spend:key', { figures: { tomorrow: 0, month: 2_050 }, included: [] });
    expect(await one.take('req_d', claims)).toMatchObject({ outcome: 'unsettled' });
  });

  it('asks one of several requests to settle figures that are older than a second', async () => {
    await one.settle('spend:key', { figures: { day: 0 }, included: [] });
    const staleOf = async (limit: number): Promise<string[]> => {
      const outcomes = await Promise.all(processes.map((counters) => take([spend(limit, 1)], counters)));
      return outcomes.flatMap((outcome) => (outcome.outcome === 'unsettled' ? [] : outcome.stale));
    };
    expect(await staleOf(100)).toEqual([]);
    await pause(1_050);
    expect(await staleOf(100)).toEqual(['spend:key']);
    // A refusal must not rest on old figures.
    expect(await staleOf(1)).toEqual(['spend:key', 'spend:key', 'spend:key']);
  });
}
