import type { FailureKind } from '@lumenfall/contracts';
import { afterOutcome, credentialAfterOutcome, type CallOutcome } from './after-outcome.js';
import { UNKNOWN_CREDENTIAL, UNKNOWN_CANDIDATE, type CandidateHealth } from './health.js';
import { meanOf } from './moving-average.js';
import { candidateStateOf } from './candidate-state.js';

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
const standing = (health: CandidateHealth, now = NOW) => candidateStateOf(health, UNKNOWN_CREDENTIAL, now);

describe('the breaker of a stop', () => {
  it.each([
    ['transient', 10],
    ['timeout', 4],
    ['ambiguous', 4],
  ] as const)('opens after so many of %s in a row: %d', (kind, count) => {
    expect(standing(after(times(count - 1, failure(kind)))).state).toBe('healthy');
    expect(standing(after(times(count, failure(kind))))).toEqual({ is: 'open', until: NOW + 1_000 });
  });

  it('counts what fails one request again and again as one failure in a row', () => {
    const again = { ...failure('transient'), repeated: true };
    const request = [failure('transient'), again];
    expect(standing(after(Array.from({ length: 9 }, () => request).flat())).state).toBe('healthy');
    expect(standing(after(times(20, again))).state).toBe('open');
  });

  it('counts no failure in a row across a success', () => {
    const nine = times(9, failure('transient'));
    expect(standing(after([...nine, success(), ...nine])).state).toBe('healthy');
  });

  it('opens when too few calls succeed, whatever their order', () => {
    const oneInTen = [success(), ...times(9, failure('transient'))];
    expect(standing(after([...oneInTen, ...oneInTen.slice(0, 9)])).state).toBe('healthy');
    expect(standing(after([...oneInTen, ...oneInTen])).state).toBe('open');
    expect(standing(after(times(20, failure('empty')))).state).toBe('open');
  });

  it('stays closed at a provider that fails two calls of five', () => {
    const mixed = [success(), failure('transient'), success(), failure('transient'), success()];
    let health = UNKNOWN_CANDIDATE;
    for (let n = 0; n < 200; n += 1) {
      health = after(mixed, health);
      expect(standing(health).state).toBe('healthy');
    }
    expect(meanOf(health.success)).toBeCloseTo(0.6, 1);
  });

  it.each(['rate', 'auth', 'cancelled', 'client', 'moderation'] as const)(
    'does not open after any number of %s',
    (kind) => {
      expect(after(times(100, failure(kind))).openUntil).toBeNull();
    },
  );

  describe('once open', () => {
    const open = after(times(10, failure('transient')));
    const later = NOW + 1_500;

    it('lets one call through that holds the others back for as long as they may wait', () => {
      expect(standing(after([begun], open, later), later)).toEqual({ is: 'open', until: later + 2_000 });
    });

    it('stays open for two seconds after that call has failed, and no longer however often it fails', () => {
      let health = open;
      for (let n = 0; n < 50; n += 1) health = after([begun, failure('timeout', { probe: true })], health, later);
      expect(standing(health, later).until).toBe(later + 2_000);
    });

    it('is not held open by calls that had begun before it opened', () => {
      expect(after(times(20, failure('timeout')), open, later).openUntil).toBe(open.openUntil);
    });

    it('is not closed by a call that had begun before it opened, such as a long answer of better days', () => {
      const long = after([success({ startedAt: NOW - 60_000 })], open, later);
      expect(standing(long, later).state).toBe('open');
      // Asked for by name, and so let through without a lease: it says how the provider is now.
      expect(standing(after([success({ startedAt: later })], open, later), later).state).toBe('healthy');
    });

    it('closes with the first success, and forgives', () => {
      const closed = after([success({ startedAt: later, probe: true })], open, later);
      expect(standing(closed, later).state).toBe('healthy');
      expect(meanOf(closed.success)).toBeGreaterThan(0.5);
      expect(closed).toMatchObject({ calls: 1, strikes: 0 });
      // Calls that the dead provider has kept waiting until now.
      expect(after(times(20, failure('timeout', { startedAt: NOW })), closed, later)).toEqual(closed);
    });
  });
});

describe('what a worker whose clock is an hour ahead has written', () => {
  const AHEAD = NOW + 3_600_000;

  it('keeps no breaker from opening', () => {
    const open = after(times(10, failure('transient')), UNKNOWN_CANDIDATE, AHEAD);
    const closed = after([success({ startedAt: AHEAD, probe: true })], open, AHEAD);
    expect(standing(after(times(10, failure('transient')), closed)).state).toBe('open');
  });

  it('keeps no breaker, no rest and no refusal going for that hour', () => {
    const open = after(times(10, failure('transient')), UNKNOWN_CANDIDATE, AHEAD);
    expect(standing(open).until).toBeLessThanOrEqual(NOW);
    expect(standing(after([failure('rate', { retryAfterMs: 5_000 })], UNKNOWN_CANDIDATE, AHEAD)).state).toBe('healthy');
    const refused = credentialAfterOutcome(UNKNOWN_CREDENTIAL, failure('auth'), AHEAD);
    expect(candidateStateOf(UNKNOWN_CANDIDATE, refused, NOW).until).toBeLessThanOrEqual(NOW);
    expect(credentialAfterOutcome(refused, success({ probe: true }), NOW)).toEqual(UNKNOWN_CREDENTIAL);
  });

  it('does not lengthen what is told after it', () => {
    const limited = after([failure('rate', { retryAfterMs: 5_000 })], UNKNOWN_CANDIDATE, AHEAD);
    expect(after([failure('rate', { retryAfterMs: 5_000 })], limited).restingUntil).toBe(NOW + 5_000);
  });
});

describe('a provider that limits us', () => {
  it.each([
    [{}, 1_000],
    [{ retryAfterMs: 7_000 }, 7_000],
    [{ retryAfterMs: 3_600_000 }, 60_000],
    [{ retryAfterMs: 5 }, 5],
  ])('is left alone, after %j, for %d ms', (more, ms) => {
    const health = after([failure('rate', more)]);
    expect(standing(health, NOW + ms - 1).state).toBe('resting');
    expect(standing(health, NOW + ms).state).toBe('healthy');
    expect(health.success).toEqual(UNKNOWN_CANDIDATE.success);
  });

  it('is not called earlier because another call was given a shorter rest', () => {
    const health = after([failure('rate', { retryAfterMs: 9_000 }), failure('rate', { retryAfterMs: 10 })]);
    expect(health.restingUntil).toBe(NOW + 9_000);
  });
});

describe('the averages', () => {
  it('are right from the first call on', () => {
    const health = after([success({ latencyMs: 400 } as Partial<CallOutcome>)]);
    expect([meanOf(health.success), meanOf(health.latency)]).toEqual([1, 400]);
    expect(meanOf(after([failure('transient')]).success)).toBe(0);
  });

  it('follow what changes', () => {
    const slow = after(times(60, success({ latencyMs: 900 } as Partial<CallOutcome>)), after(times(60, success())));
    expect(meanOf(slow.latency)).toBeGreaterThan(850);
  });

  it('take a verdict on the request for an answer of the provider, but not for its speed', () => {
    const health = after([failure('client'), failure('moderation')]);
    expect([meanOf(health.success), meanOf(health.latency), health.calls]).toEqual([1, null, 2]);
  });
});

describe('a credential', () => {
  const refused = credentialAfterOutcome(UNKNOWN_CREDENTIAL, failure('auth'), NOW);
  const is = (health = refused, now = NOW) => candidateStateOf(UNKNOWN_CANDIDATE, health, now);

  it('is not used for five minutes after it was refused', () => {
    expect(is()).toEqual({ is: 'disabled', until: NOW + 300_000 });
  });

  it('that is refused again has been so since the first time', () => {
    expect(credentialAfterOutcome(refused, failure('auth'), NOW + 400_000)).toEqual({
      disabledSince: NOW,
      disabledUntil: NOW + 700_000,
    });
  });

  it.each(['success', 'client', 'moderation', 'empty'] as const)('is used again after %s', (kind) => {
    const outcome = { ...failure('client', { startedAt: NOW + 5 }), kind, latencyMs: null } as CallOutcome;
    expect(is(credentialAfterOutcome(refused, outcome, NOW + 10)).state).toBe('healthy');
  });

  it.each(['transient', 'timeout', 'rate', 'ambiguous', 'cancelled'] as const)(
    'is not known to be taken after %s',
    (kind) => {
      expect(credentialAfterOutcome(refused, failure(kind, { startedAt: NOW + 5 }), NOW + 10)).toEqual(refused);
    },
  );

  it('is not taken for good because of a call that had begun before it was refused', () => {
    expect(credentialAfterOutcome(refused, success({ startedAt: NOW - 5_000 }), NOW + 10)).toEqual(refused);
  });

  it('is tried by one call at a time', () => {
    const later = NOW + 300_001;
    expect(credentialAfterOutcome(refused, begun, later).disabledUntil).toBe(later + 10_000);
  });
});
