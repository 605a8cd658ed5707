import { executedModelOf, type PlannedOffering } from '@lumenfall/contracts';
import { z } from 'zod';
import { movingAverageSchema, NOTHING_MEASURED } from './moving-average.js';

/** How one offering with one credential has been doing; as it stands on the board that the workers share. Times in unix ms. */
export const candidateHealthSchema = z.object({
  /** Judged calls since the breaker last closed. */
  calls: z.number().int().nonnegative(),
  success: movingAverageSchema,
  /** ms: to the first part for chats, to the answer for images and submissions. */
  latency: movingAverageSchema,
  /** Of failures in a row. */
  strikes: z.number().nonnegative(),
  /** Null: the breaker is closed. In the past: half open, one call a while is let through. */
  openUntil: z.number().nullable(),
  /** When it last opened: successes of calls from before say nothing about now. */
  openedAt: z.number(),
  /** When it last closed: failures of calls from before say nothing about now. */
  closedAt: z.number(),
  /** Until when the provider asked to be left alone. */
  restingUntil: z.number(),
});
export type CandidateHealth = z.infer<typeof candidateHealthSchema>;

/** Whether a provider takes one of our keys, for any of its models. */
export const credentialHealthSchema = z.object({
  /** When it was first refused; null while it is in use. */
  disabledSince: z.number().nullable(),
  /** From then on one call a while may show that it is taken again. */
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

/** What is known now; what nobody knows anything of is taken for healthy. */
export interface HealthView {
  candidate(key: string): CandidateHealth;
  credential(key: string): CredentialHealth;
}

/** The name of an offering with a credential, the same in every process. */
export function candidateKeyOf(
  offering: Pick<PlannedOffering, 'provider' | 'providerModel'>,
  credential: string,
): string {
  return `${executedModelOf(offering)}@${credential}`;
}

export const credentialKeyOf = (credential: string): string => `credential:${credential}`;
