import type { FailureKind } from '@lumenfall/contracts';
import { credible, meanOf, withValue, type CandidateHealth, type CredentialHealth } from './health.js';
import {
  CALLS_TO_JUDGE,
  DEFAULT_REST_MS,
  DISABLED_LEASE_MS,
  DISABLED_MS,
  FIRST_OPEN_MS,
  LATER_OPEN_MS,
  LONGEST_REST_MS,
  PROBE_HOLD_MS,
  STRIKES_OF,
  STRIKES_TO_OPEN,
  SUCCESS_TO_STAY_CLOSED,
} from './thresholds.js';

/** The outcome of a call, or that a probe has begun. */
export type CallOutcome = {
  /** Unix ms. */
  startedAt: number;
  /** The candidate was not healthy, and this call was let through to find out. */
  probe: boolean;
  /** The same request had failed there before. Such failures give no strikes: the request itself may be the cause. */
  repeated?: boolean;
} & (
  | { kind: 'begun' }
  /** `latencyMs` null if it does not compare with others, for example of a second round of images. */
  | { kind: 'success'; latencyMs: number | null }
  | { kind: FailureKind; retryAfterMs: number | null }
);

/** A mean of one half: a candidate that came back regains its share within a few successful calls. */
const AFTER_PROBE = { total: 0.1, mass: 0.2 };

/** Outcomes that show that the provider accepts the credential. */
const CREDENTIAL_WORKS: ReadonlySet<string> = new Set(['success', 'client', 'moderation', 'empty']);

/** @param now Unix ms */
export function afterOutcome(health: CandidateHealth, outcome: CallOutcome, now: number): CandidateHealth {
  switch (outcome.kind) {
    case 'begun':
      return health.openUntil === null ? health : { ...health, openUntil: now + PROBE_HOLD_MS };
    case 'success':
    case 'client':
    case 'moderation':
      return afterSuccess(health, outcome);
    case 'empty':
      return judged({ ...health, success: withValue(health.success, 0), calls: health.calls + 1 }, now);
    case 'transient':
    case 'timeout':
    case 'ambiguous':
      return afterBreakdown(health, outcome, now);
    case 'rate': {
      const rest = Math.min(outcome.retryAfterMs ?? DEFAULT_REST_MS, LONGEST_REST_MS);
      const before = credible(health.restingUntil, LONGEST_REST_MS, now);
      return { ...health, restingUntil: Math.max(before, now + rest) };
    }
    // Neither our key nor our client's leaving says anything about the offering.
    case 'auth':
    case 'cancelled':
      return health;
  }
}

/** A verdict on the request is an answer too: the provider is working. */
function afterSuccess(health: CandidateHealth, outcome: CallOutcome): CandidateHealth {
  // Begun before the breaker opened: a running answer may go on while new calls fail.
  if (health.openUntil !== null && !outcome.probe && outcome.startedAt < health.openedAt) return health;
  const latencyMs = outcome.kind === 'success' ? outcome.latencyMs : null;
  const latency = latencyMs === null ? health.latency : withValue(health.latency, latencyMs);
  const closing = health.openUntil !== null;
  return {
    ...health,
    calls: closing ? 1 : health.calls + 1,
    success: withValue(closing ? AFTER_PROBE : health.success, 1),
    latency,
    strikes: 0,
    openUntil: null,
    closedAt: closing ? outcome.startedAt : health.closedAt,
  };
}

function afterBreakdown(health: CandidateHealth, outcome: CallOutcome, now: number): CandidateHealth {
  // Begun before the breaker closed.
  if (outcome.startedAt < health.closedAt && health.closedAt <= now) return health;
  const counted = { ...health, calls: health.calls + 1, success: withValue(health.success, 0) };
  if (health.openUntil !== null) return outcome.probe ? { ...counted, openUntil: now + LATER_OPEN_MS } : counted;
  const strikes = outcome.repeated === true ? 0 : (STRIKES_OF[outcome.kind] ?? 0);
  return judged({ ...counted, strikes: health.strikes + strikes }, now);
}

/** Opens a closed breaker if the strikes or the success rate have reached their threshold. */
function judged(health: CandidateHealth, now: number): CandidateHealth {
  if (health.openUntil !== null) return health;
  const mean = meanOf(health.success);
  const failing = health.calls >= CALLS_TO_JUDGE && mean !== null && mean < SUCCESS_TO_STAY_CLOSED;
  const opens = failing || health.strikes >= STRIKES_TO_OPEN;
  return opens ? { ...health, strikes: 0, openUntil: now + FIRST_OPEN_MS, openedAt: now } : health;
}

/** @param now Unix ms */
export function credentialAfterOutcome(health: CredentialHealth, outcome: CallOutcome, now: number): CredentialHealth {
  const { disabledSince } = health;
  if (outcome.kind === 'auth') return { disabledSince: disabledSince ?? now, disabledUntil: now + DISABLED_MS };
  if (disabledSince === null) return health;
  // A probe has begun: others wait for its outcome, at most for its lease.
  if (outcome.kind === 'begun') {
    const before = credible(health.disabledUntil, DISABLED_MS, now);
    return { disabledSince, disabledUntil: Math.max(before, now + DISABLED_LEASE_MS) };
  }
  // `disabledSince` in the future comes from a faster clock and cannot order the two.
  const isLater = outcome.startedAt >= disabledSince || disabledSince > now;
  const taken = CREDENTIAL_WORKS.has(outcome.kind) && isLater;
  return taken ? { disabledSince: null, disabledUntil: 0 } : health;
}
