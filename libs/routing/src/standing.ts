import type { StandingOfStop } from '@lumenfall/contracts';
import { credible } from './credible.js';
import type { CredentialHealth, StopHealth } from './health.js';
import { DISABLED_MS, LONGEST_REST_MS, PROBE_HOLD_MS } from './thresholds.js';

export interface Standing {
  is: StandingOfStop;
  /** Unix ms: when it rests no longer, or when a call may show whether it is well again; 0 for a healthy one. */
  until: number;
}

const HEALTHY: Standing = { is: 'healthy', until: 0 };

/** How a stop stands, the gravest first. @param now Unix ms */
export function standingOf(stop: StopHealth, credential: CredentialHealth, now: number): Standing {
  if (credential.disabledSince !== null)
    return { is: 'disabled', until: credible(credential.disabledUntil, DISABLED_MS, now) };
  const restingUntil = credible(stop.restingUntil, LONGEST_REST_MS, now);
  if (stop.openUntil !== null)
    return { is: 'open', until: Math.max(credible(stop.openUntil, PROBE_HOLD_MS, now), restingUntil) };
  if (restingUntil > now) return { is: 'resting', until: restingUntil };
  return HEALTHY;
}
