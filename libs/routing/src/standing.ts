import type { StandingOfStop } from '@lumenfall/contracts';
import type { CredentialHealth, StopHealth } from './health.js';

export interface Standing {
  is: StandingOfStop;
  /** Unix ms: when it rests no longer, or when a call may show whether it is well again; 0 for a healthy one. */
  until: number;
}

const HEALTHY: Standing = { is: 'healthy', until: 0 };

/** How a stop stands, the gravest first. @param now Unix ms */
export function standingOf(stop: StopHealth, credential: CredentialHealth, now: number): Standing {
  if (credential.disabledSince !== null) return { is: 'disabled', until: credential.disabledUntil };
  if (stop.openUntil !== null) return { is: 'open', until: Math.max(stop.openUntil, stop.restingUntil) };
  if (stop.restingUntil > now) return { is: 'resting', until: stop.restingUntil };
  return HEALTHY;
}
