import type { LeaseRenewal, Return } from '@lumenfall/queue';
import { aPlan, ManualClock, settled } from '@lumenfall/testing';
import { claimsOf, LEASE_MS } from './limit-claims.js';
import { RunningRequests } from './running-requests.js';
import { TakenLimits } from './taken-limits.js';

const ALL = { spendPerDayMicros: 1_000, spendPerMonthMicros: 9_000, tokensPerMinute: 500, requestsAtOnce: 2 };

function setup() {
  const clock = new ManualClock();
  const given: Return[][] = [];
  const renewed: LeaseRenewal[][] = [];
  const counters = {
    give: async (_id: string, returns: readonly Return[]) => void given.push([...returns]),
    renew: async (renewals: readonly LeaseRenewal[]) => void renewed.push([...renewals]),
  };
  const onError = (error: unknown): void => {
    throw error;
  };
  const running = new RunningRequests(counters, onError, clock);
  const state = { accepted: false };
  const limits = new TakenLimits(
    { counters, running, clock, onError },
    {
      requestId: 'req_1',
      claims: claimsOf({ keyId: 'k', organizationId: 'o', key: ALL, organization: {} }, aPlan(), clock.now()),
      at: clock.now(),
      deadline: clock.now() + 600_000,
      isAccepted: () => state.accepted,
    },
  );
  const ttls = (renewals: readonly LeaseRenewal[] = []): Record<string, number> =>
    Object.fromEntries(renewals.map(({ bucket, ttlMs }) => [bucket, ttlMs]));
  return { clock, given, renewed, running, state, limits, ttls };
}

describe('what a request has taken of its limits', () => {
  it('is renewed every ten seconds until its end; once it is accepted, its spend until it must be recorded', async () => {
    const { clock, renewed, running, state, limits, ttls } = setup();
    await clock.advance(LEASE_MS / 3);
    expect(ttls(renewed[0])).toEqual({ 'running:key:k': LEASE_MS, 'spend:key:k': LEASE_MS });
    state.accepted = true;
    await clock.advance(LEASE_MS / 3);
    expect(ttls(renewed[1])).toEqual({ 'running:key:k': LEASE_MS, 'spend:key:k': 880_000 });
    await limits.end();
    expect(ttls(renewed[2])).toEqual({ 'spend:key:k': 880_000 });
    await clock.advance(LEASE_MS);
    expect(renewed).toHaveLength(3);
    await running.close();
  });

  it('is all given back if its work was not accepted', async () => {
    const { given, limits, running } = setup();
    await limits.end();
    expect(given[0]?.map(({ kind, bucket }) => [kind, bucket])).toEqual([
      ['lease', 'spend:key:k'],
      ['lease', 'spend:key:k'],
      ['lease', 'running:key:k'],
      ['window', 'tokens:key:k'],
    ]);
    await running.close();
  });

  it('counts as running until its work has ended, although its client has left', async () => {
    const { given, state, limits, running } = setup();
    state.accepted = true;
    let finish = (): void => undefined;
    limits.keepUntil(new Promise<void>((resolve) => (finish = resolve)));
    const ended = limits.end();
    await settled();
    expect(given).toEqual([]);
    finish();
    await ended;
    expect(given).toEqual([[{ kind: 'lease', bucket: 'running:key:k' }]]);
    await running.close();
  });

  it.each([
    ['an answer of 25 tokens', { prompt_tokens: 20, completion_tokens: 5 }, 5],
    ['an answer of 100 tokens', { prompt_tokens: 90, completion_tokens: 10 }, -70],
  ])('has the tokens of %s in place of the 30 that were estimated', async (_, usage, amount) => {
    const { given, limits, running } = setup();
    const metadata = {} as never;
    limits.correct({ type: 'chat-end', usage, metadata });
    expect(given).toEqual([[expect.objectContaining({ bucket: 'tokens:key:k', amount })]]);
    await running.close();
  });

  it('has no tokens of a failed request', async () => {
    const { given, limits, running } = setup();
    limits.correct({ type: 'error', error: { code: 'TIMEOUT', message: '', param: null }, executedModel: null });
    expect(given).toEqual([[expect.objectContaining({ bucket: 'tokens:key:k', amount: 30 })]]);
    await running.close();
  });
});
