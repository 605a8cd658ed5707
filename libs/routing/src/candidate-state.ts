import type { CircuitState } from '@lumenfall/contracts';
import { credible } from './credible.js';
import type { CredentialHealth, CandidateHealth } from './health.js';
import { DISABLED_MS, LONGEST_REST_MS, PROBE_HOLD_MS } from './thresholds.js';

export interface CandidateState {
  state: CircuitState;
  /** Unix ms: when it rests no longer, or when a call may show whether it is well again; 0 for a healthy one. */
  until: number;
}

const HEALTHY: CandidateState = { state: 'healthy', until: 0 };

/** How a stop stands, the gravest first. @param now Unix ms */
export function candidateStateOf(stop: CandidateHealth, credential: CredentialHealth, now: number): CandidateState {
  if (credential.disabledSince !== null)
    return { state: 'disabled', until: credible(credential.disabledUntil, DISABLED_MS, now) };
  const restingUntil = credible(stop.restingUntil, LONGEST_REST_MS, now);
  if (stop.openUntil !== null)
    return { state: 'open', until: Math.max(credible(stop.openUntil, PROBE_HOLD_MS, now), restingUntil) };
  if (restingUntil > now) return { state: 'resting', until: restingUntil };
  return HEALTHY;
}
