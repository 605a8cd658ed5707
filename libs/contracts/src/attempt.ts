import { micros, microsToUsd } from '@lumenfall/money';
import { z } from 'zod';

/**
 * Why a provider call failed. `client`, `moderation` and `cancelled` end the request; after `ambiguous` the provider
 * may have accepted the work, so it is never submitted again without a look-up; after the others the next candidate
 * is tried.
 */
export const failureKindSchema = z.enum([
  'client',
  'moderation',
  'auth',
  'rate',
  'transient',
  'timeout',
  'empty',
  'ambiguous',
  'cancelled',
]);
export type FailureKind = z.infer<typeof failureKindSchema>;

/**
 * Why a candidate was tried. `preferred`: first by priority, weight, health and price; `only`: the single candidate;
 * `next`: the previous one failed; `other-credential`: same offering, other key; `probe`: the open breaker let one
 * call through; `last-resort`: unhealthy, after all healthy ones failed; `again`: a further round; `hedge`: in
 * parallel with a slow call.
 */
export const choiceSchema = z.enum([
  'forced',
  'only',
  'preferred',
  'next',
  'other-credential',
  'probe',
  'last-resort',
  'again',
  'hedge',
]);
export type Choice = z.infer<typeof choiceSchema>;

/**
 * How the cost of an attempt is known, from most to least exact. `reported`: the provider reported it; `priced`: the
 * usage that the provider reported, at its price; `measured`: what was delivered, measured or counted here; `flat`: a
 * price per image, video or request; `requested`: the units that were asked for; `none`: nothing is known to have been
 * paid.
 */
export const costBasisSchema = z.enum(['reported', 'priced', 'measured', 'flat', 'requested', 'none']);
export type CostBasis = z.infer<typeof costBasisSchema>;

/** One call to one provider: shown in `metadata.attempts` and stored with the request's history. */
export const attemptSchema = z.object({
  provider: z.string(),
  /** `<provider>/<provider model id>` */
  executedModel: z.string(),
  status: z.enum(['succeeded', 'failed']),
  failure: failureKindSchema.nullable(),
  /** Our wording, never the provider's raw body. */
  message: z.string().nullable(),
  upstreamStatus: z.number().int().nullable(),
  durationMs: z.number().int().nonnegative(),
  chosen: choiceSchema.default('preferred'),
  /** Name of the provider key, derived by hash (`openai#3fa9c1d2`); null if none was used. */
  credential: z.string().nullable().default(null),
  /** What the provider charged us, without the customer's margin. */
  costMicros: z.number().int().nonnegative().default(0),
  /** Absent in records of versions before this field. */
  costBasis: costBasisSchema.optional(),
  /** What the customer pays for this attempt; 0 if it delivered nothing. Absent in older records: as `costMicros`. */
  chargedMicros: z.number().int().nonnegative().optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** An attempt as `metadata.attempts` shows it. */
export const attemptViewSchema = z.object({
  provider: z.string(),
  executed_model: z.string(),
  status: z.enum(['succeeded', 'failed']),
  /** Failure kind; null if it delivered. */
  reason: failureKindSchema.nullable(),
  message: z.string().nullable(),
  upstream_status: z.number().int().nullable(),
  duration_ms: z.number().int().nonnegative(),
  chosen: choiceSchema,
  /** What the customer pays for it, USD. */
  cost: z.number().nonnegative(),
});
export type AttemptView = z.infer<typeof attemptViewSchema>;

export function presentAttempt(attempt: Attempt): AttemptView {
  return {
    provider: attempt.provider,
    executed_model: attempt.executedModel,
    status: attempt.status,
    reason: attempt.failure,
    message: attempt.message,
    upstream_status: attempt.upstreamStatus,
    duration_ms: attempt.durationMs,
    chosen: attempt.chosen,
    cost: microsToUsd(micros(attempt.chargedMicros ?? attempt.costMicros)),
  };
}
