import { executedModelOf, type CircuitState, type PlannedOffering } from '@lumenfall/contracts';
import { z } from 'zod';
import { AVERAGE_PART, DISABLED_MS, LONGEST_REST_MS, PROBE_HOLD_MS } from './thresholds.js';

/**
 * An exponentially decaying average that is unbiased from its first value on: `mass`, 0 to 1, is the weight of all
 * values so far, and the mean is `total / mass`.
 */
export const movingAverageSchema = z.object({ total: z.number(), mass: z.number().min(0).max(1) });
export type MovingAverage = z.infer<typeof movingAverageSchema>;

const NOTHING_MEASURED: MovingAverage = { total: 0, mass: 0 };

export function withValue({ total, mass }: MovingAverage, value: number): MovingAverage {
  const rest = 1 - AVERAGE_PART;
  return { total: total * rest + value * AVERAGE_PART, mass: mass * rest + AVERAGE_PART };
}

/** Null before the first value. */
export function meanOf({ total, mass }: MovingAverage): number | null {
  return mass === 0 ? null : total / mass;
}

/** The mean after two more values of 1, so that one early failure does not exclude a provider. */
export function hopefulMeanOf({ total, mass }: MovingAverage): number {
  const hope = 2 * AVERAGE_PART;
  return (total + hope) / (mass + hope);
}

/** The health of one candidate (an offering with a credential), as the workers share it. Times in Unix ms. */
export const candidateHealthSchema = z.object({
  /** Judged calls since the breaker last closed. */
  calls: z.number().int().nonnegative(),
  success: movingAverageSchema,
  /** ms: to the first part of a chat, to the answer for images and submissions. */
  latency: movingAverageSchema,
  /** Of consecutive failures. */
  strikes: z.number().nonnegative(),
  /** Null: the breaker is closed. In the past: half open, one probe at a time is let through. */
  openUntil: z.number().nullable(),
  /** When it last opened. A success of a call from before does not close it. */
  openedAt: z.number(),
  /** When it last closed. A failure of a call from before does not count. */
  closedAt: z.number(),
  /** End of a rate limit that the provider announced. */
  restingUntil: z.number(),
});
export type CandidateHealth = z.infer<typeof candidateHealthSchema>;

/** Whether a provider accepts one of our keys, for all of its models. */
export const credentialHealthSchema = z.object({
  /** When it was first refused; null while it is in use. */
  disabledSince: z.number().nullable(),
  /** From then on a probe may show that it is accepted again. */
  disabledUntil: z.number(),
});
export type CredentialHealth = z.infer<typeof credentialHealthSchema>;

export const UNKNOWN_CANDIDATE: CandidateHealth = {
  calls: 0,
  success: NOTHING_MEASURED,
  latency: NOTHING_MEASURED,
  strikes: 0,
  openUntil: null,
  openedAt: 0,
  closedAt: 0,
  restingUntil: 0,
};
export const UNKNOWN_CREDENTIAL: CredentialHealth = { disabledSince: null, disabledUntil: 0 };

/** The current health by key; an unknown key is healthy. */
export interface HealthView {
  candidate(key: string): CandidateHealth;
  credential(key: string): CredentialHealth;
}

/** Identifies an offering with a credential; the same in every process. */
export function candidateKeyOf(
  offering: Pick<PlannedOffering, 'provider' | 'providerModel'>,
  credential: string,
): string {
  return `${executedModelOf(offering)}@${credential}`;
}

export const credentialKeyOf = (credential: string): string => `credential:${credential}`;

export interface CandidateState {
  state: CircuitState;
  /** Unix ms: end of the rest, or when a probe is due; 0 if healthy. */
  until: number;
}

/** The circuit state of a candidate; of several, the one that excludes it longest. @param now Unix ms */
export function candidateStateOf(
  candidate: CandidateHealth,
  credential: CredentialHealth,
  now: number,
): CandidateState {
  if (credential.disabledSince !== null)
    return { state: 'disabled', until: credible(credential.disabledUntil, DISABLED_MS, now) };
  const restingUntil = credible(candidate.restingUntil, LONGEST_REST_MS, now);
  if (candidate.openUntil !== null)
    return { state: 'open', until: Math.max(credible(candidate.openUntil, PROBE_HOLD_MS, now), restingUntil) };
  if (restingUntil > now) return { state: 'resting', until: restingUntil };
  return { state: 'healthy', until: 0 };
}

/** Largest difference between synchronised clocks. */
const SKEW_MS = 5_000;

/**
 * The end of a wait that another worker wrote. A time further ahead than the wait can last comes from a wrong clock and
 * counts as over.
 *
 * @param until Unix ms
 */
export function credible(until: number, longestMs: number, now: number): number {
  return until - now > longestMs + SKEW_MS ? 0 : until;
}
