import type { FailureKind } from '@lumenfall/contracts';
import { afterOutcome, credentialAfterOutcome, type CallOutcome } from './after-outcome.js';
import { UNKNOWN_CREDENTIAL, UNKNOWN_CANDIDATE, type CandidateHealth } from './health.js';
import { meanOf } from './health.js';
import { candidateStateOf } from './health.js';

const NOW = 1_800_000_000_000;
const success = (more: Partial<CallOutcome> = {}): CallOutcome =>
  ({ kind: 'success', latencyMs: 100, startedAt: NOW, probe: false, ...more }) as CallOutcome;
const failure = (
  kind: FailureKind,
  more: { retryAfterMs?: number; startedAt?: number; probe?: boolean } = {},
): CallOutcome => ({
  kind,
  retryAfterMs: null,
  startedAt: NOW,
  probe: false,
  ...more,
});
const begun: CallOutcome = { kind: 'begun', startedAt: NOW, probe: true };

const after = (outcomes: CallOutcome[], from: CandidateHealth = UNKNOWN_CANDIDATE, now = NOW): CandidateHealth =>
  outcomes.reduce((health, outcome) => afterOutcome(health, outcome, now), from);
const times = (count: number, outcome: CallOutcome): CallOutcome[] => Array.from({ length: count }, () => outcome);
const stateOf = (health: CandidateHealth, now = NOW) => candidateStateOf(health, UNKNOWN_CREDENTIAL, now);

describe('the breaker of a candidate', () => {
  it.each([
    ['transient', 10],
    ['timeout', 4],
    ['ambiguous', 4],
  ] as const)('opens after consecutive failures of kind %s: %d', (kind, count) => {
    expect(stateOf(after(times(count - 1, failure(kind)))).state).toBe('healthy');
    expect(stateOf(after(times(count, failure(kind))))).toEqual({ state: 'open', until: NOW + 1_000 });
  });

  it('gives no further strikes for repeated failures of one request', () => {
    const again = { ...failure('transient'), repeated: true };
    const request = [failure('transient'), again];
    expect(stateOf(after(Array.from({ length: 9 }, () => request).flat())).state).toBe('healthy');
    expect(stateOf(after(times(20, again))).state).toBe('open');
  });

  it('resets its strikes at a success', () => {
    const nine = times(9, failure('transient'));
    expect(stateOf(after([...nine, success(), ...nine])).state).toBe('healthy');
  });

  it('opens when the success rate is too low, whatever the order of the calls', () => {
    const oneInTen = [success(), ...times(9, failure('transient'))];
    expect(stateOf(after([...oneInTen, ...oneInTen.slice(0, 9)])).state).toBe('healthy');
    expect(stateOf(after([...oneInTen, ...oneInTen])).state).toBe('open');
    expect(stateOf(after(times(20, failure('empty')))).state).toBe('open');
  });

  it('stays closed for a provider that fails two calls of five', () => {
    const mixed = [success(), failure('transient'), success(), failure('transient'), success()];
    let health = UNKNOWN_CANDIDATE;
    for (let n = 0; n < 200; n += 1) {
      health = after(mixed, health);
      expect(stateOf(health).state).toBe('healthy');
    }
    expect(meanOf(health.success)).toBeCloseTo(0.6, 1);
  });

  it.each(['rate', 'auth', 'cancelled', 'client', 'moderation'] as const)(
    'does not open after any number of %s',
    (kind) => {
      expect(after(times(100, failure(kind))).openUntil).toBeNull();
    },
  );

  describe('when open', () => {
    const open = after(times(10, failure('transient')));
    const later = NOW + 1_500;

    it('lets one probe through and holds other calls back while the probe runs', () => {
      expect(stateOf(after([begun], open, later), later)).toEqual({ state: 'open', until: later + 2_000 });
    });

    it('stays open for two seconds after a failed probe, however many probes have failed', () => {
      let health = open;
      for (let n = 0; n < 50; n += 1) health = after([begun, failure('timeout', { probe: true })], health, later);
      expect(stateOf(health, later).until).toBe(later + 2_000);
    });

    it('is not held open by calls that began before it opened', () => {
      expect(after(times(20, failure('timeout')), open, later).openUntil).toBe(open.openUntil);
    });

    it('is not closed by the success of a call that began before it opened', () => {
      const long = after([success({ startedAt: NOW - 60_000 })], open, later);
      expect(stateOf(long, later).state).toBe('open');
      // A forced request is let through without a lease, and its outcome is current.
      expect(stateOf(after([success({ startedAt: later })], open, later), later).state).toBe('healthy');
    });

    it('closes at the first success and forgets the earlier failures', () => {
      const closed = after([success({ startedAt: later, probe: true })], open, later);
      expect(stateOf(closed, later).state).toBe('healthy');
      expect(meanOf(closed.success)).toBeGreaterThan(0.5);
      expect(closed).toMatchObject({ calls: 1, strikes: 0 });
      // Calls that were waiting for the unavailable provider until now.
      expect(after(times(20, failure('timeout', { startedAt: NOW })), closed, later)).toEqual(closed);
    });
  });
});

describe('health written by a worker whose clock is an hour ahead', () => {
  const AHEAD = NOW + 3_600_000;

  it('does not keep a breaker from opening', () => {
    const open = after(times(10, failure('transient')), UNKNOWN_CANDIDATE, AHEAD);
    const closed = after([success({ startedAt: AHEAD, probe: true })], open, AHEAD);
    expect(stateOf(after(times(10, failure('transient')), closed)).state).toBe('open');
  });

  it('does not prolong an open breaker, a rest or a refused credential', () => {
    const open = after(times(10, failure('transient')), UNKNOWN_CANDIDATE, AHEAD);
    expect(stateOf(open).until).toBeLessThanOrEqual(NOW);
    expect(stateOf(after([failure('rate', { retryAfterMs: 5_000 })], UNKNOWN_CANDIDATE, AHEAD)).state).toBe('healthy');
    const refused = credentialAfterOutcome(UNKNOWN_CREDENTIAL, failure('auth'), AHEAD);
    expect(candidateStateOf(UNKNOWN_CANDIDATE, refused, NOW).until).toBeLessThanOrEqual(NOW);
    expect(credentialAfterOutcome(refused, success({ probe: true }), NOW)).toEqual(UNKNOWN_CREDENTIAL);
  });

  it('does not prolong a rest or refusal that is reported after it', () => {
    const limited = after([failure('rate', { retryAfterMs: 5_000 })], UNKNOWN_CANDIDATE, AHEAD);
    expect(after([failure('rate', { retryAfterMs: 5_000 })], limited).restingUntil).toBe(NOW + 5_000);
  });
});

describe('a rate-limited candidate', () => {
  it.each([
    [{}, 1_000],
    [{ retryAfterMs: 7_000 }, 7_000],
    [{ retryAfterMs: 3_600_000 }, 60_000],
    [{ retryAfterMs: 5 }, 5],
  ])('rests after %j for %d ms', (more, ms) => {
    const health = after([failure('rate', more)]);
    expect(stateOf(health, NOW + ms - 1).state).toBe('resting');
    expect(stateOf(health, NOW + ms).state).toBe('healthy');
    expect(health.success).toEqual(UNKNOWN_CANDIDATE.success);
  });

  it('keeps the longer of two rests', () => {
    const health = after([failure('rate', { retryAfterMs: 9_000 }), failure('rate', { retryAfterMs: 10 })]);
    expect(health.restingUntil).toBe(NOW + 9_000);
  });
});

describe('the moving averages', () => {
  it('equal the plain mean from the first call on', () => {
    const health = after([success({ latencyMs: 400 } as Partial<CallOutcome>)]);
    expect([meanOf(health.success), meanOf(health.latency)]).toEqual([1, 400]);
    expect(meanOf(after([failure('transient')]).success)).toBe(0);
  });

  it('follow a change of the measured values', () => {
    const slow = after(times(60, success({ latencyMs: 900 } as Partial<CallOutcome>)), after(times(60, success())));
    expect(meanOf(slow.latency)).toBeGreaterThan(850);
  });

  it('count a verdict on the request as a success, but not as a latency', () => {
    const health = after([failure('client'), failure('moderation')]);
    expect([meanOf(health.success), meanOf(health.latency), health.calls]).toEqual([1, null, 2]);
  });
});

describe('the health of a credential', () => {
  const refused = credentialAfterOutcome(UNKNOWN_CREDENTIAL, failure('auth'), NOW);
  const is = (health = refused, now = NOW) => candidateStateOf(UNKNOWN_CANDIDATE, health, now);

  it('is disabled for five minutes after a refusal', () => {
    expect(is()).toEqual({ state: 'disabled', until: NOW + 300_000 });
  });

  it('keeps the time of the first refusal when the credential is refused again', () => {
    expect(credentialAfterOutcome(refused, failure('auth'), NOW + 400_000)).toEqual({
      disabledSince: NOW,
      disabledUntil: NOW + 700_000,
    });
  });

  it.each(['success', 'client', 'moderation', 'empty'] as const)('is restored after the outcome %s', (kind) => {
    const outcome = { ...failure('client', { startedAt: NOW + 5 }), kind, latencyMs: null } as CallOutcome;
    expect(is(credentialAfterOutcome(refused, outcome, NOW + 10)).state).toBe('healthy');
  });

  it.each(['transient', 'timeout', 'rate', 'ambiguous', 'cancelled'] as const)(
    'stays disabled after the outcome %s',
    (kind) => {
      expect(credentialAfterOutcome(refused, failure(kind, { startedAt: NOW + 5 }), NOW + 10)).toEqual(refused);
    },
  );

  it('is not restored by a call that began before the refusal', () => {
    expect(credentialAfterOutcome(refused, success({ startedAt: NOW - 5_000 }), NOW + 10)).toEqual(refused);
  });

  it('lets one probe through at a time', () => {
    const later = NOW + 300_001;
    expect(credentialAfterOutcome(refused, begun, later).disabledUntil).toBe(later + 10_000);
  });
});
