import type { FailureKind } from '@lumenfall/contracts';
import { credible } from './credible.js';
import type { CredentialHealth, CandidateHealth } from './health.js';
import { meanOf, withValue } from './moving-average.js';
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

/** What a call came to, or that a call that tries an unhealthy stop has begun. */
export type CallOutcome = {
  /** Unix ms. */
  startedAt: number;
  /** It was let through although the stop was not healthy: what it says decides. */
  probe: boolean;
  /** The same request had failed there before: one that fails everywhere is no sign of a dead provider. */
  repeated?: boolean;
} & (
  | { kind: 'begun' }
  /** `latencyMs` null where it would not compare with others (a second round of pictures, say). */
  | { kind: 'success'; latencyMs: number | null }
  | { kind: FailureKind; retryAfterMs: number | null }
);

/** Half a doubt: a stop that came back gets its share again within a few calls, if they succeed. */
const AFTER_PROBE = { total: 0.1, mass: 0.2 };

/** Kinds that show that a credential is taken. */
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
    // Our key's trouble, and our client's leaving, are not the provider's.
    case 'auth':
    case 'cancelled':
      return health;
  }
}

/** A verdict on the request is an answer too: the provider works. */
function afterSuccess(health: CandidateHealth, outcome: CallOutcome): CandidateHealth {
  // Begun before the provider broke down, ended after it: a long answer may go on where no new one begins.
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
  // Begun before the provider came back, ended after it.
  if (outcome.startedAt < health.closedAt && health.closedAt <= now) return health;
  const counted = { ...health, calls: health.calls + 1, success: withValue(health.success, 0) };
  if (health.openUntil !== null) return outcome.probe ? { ...counted, openUntil: now + LATER_OPEN_MS } : counted;
  const strikes = outcome.repeated === true ? 0 : (STRIKES_OF[outcome.kind] ?? 0);
  return judged({ ...counted, strikes: health.strikes + strikes }, now);
}

/** Opens the breaker of a closed stop where what is known of it is bad enough. */
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
  // A call that tries it is under way: the others wait for what it says, should it live to say it.
  if (outcome.kind === 'begun') {
    const before = credible(health.disabledUntil, DISABLED_MS, now);
    return { disabledSince, disabledUntil: Math.max(before, now + DISABLED_LEASE_MS) };
  }
  // What a faster clock wrote lies ahead of everything: it cannot tell what came before it.
  const isLater = outcome.startedAt >= disabledSince || disabledSince > now;
  const taken = CREDENTIAL_WORKS.has(outcome.kind) && isLater;
  return taken ? { disabledSince: null, disabledUntil: 0 } : health;
}
