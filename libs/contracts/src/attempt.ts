import { micros, microsToUsd } from '@lumenfall/money';
import { z } from 'zod';

/**
 * Why a provider call failed, as routing sees it. `client` and `moderation` end the request; `ambiguous` means the
 * provider may have accepted the work, so it is never submitted again without a look-up; the others go on to the next.
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
 * Why an offering was tried when it was. `preferred`: first by priority, weight, health and price; `only`: nothing to choose
 * from; `next`: the one before failed; `other-credential`: same offering, another key; `probe`: its breaker lets one call a
 * while through; `last-resort`: unhealthy, but the healthy ones had failed; `again`: a second round; `hedge`: beside a slow one.
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

/** One try at one provider: shown in `metadata.attempts`, kept under the request in the history. */
export const attemptSchema = z.object({
  provider: z.string(),
  /** `<provider>/<provider model id>` */
  executedModel: z.string(),
  status: z.enum(['succeeded', 'failed']),
  failure: failureKindSchema.nullable(),
  /** Our words, never the provider's raw body. */
  message: z.string().nullable(),
  upstreamStatus: z.number().int().nullable(),
  durationMs: z.number().int().nonnegative(),
  chosen: choiceSchema.default('preferred'),
  /** Which of the provider's keys, by a name that tells nothing of it (`openai#3fa9c1d2`); null where none was used. */
  credential: z.string().nullable().default(null),
  /** What of the charge this attempt caused; 0 for every failed one that delivered nothing. */
  costMicros: z.number().int().nonnegative().default(0),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** An attempt as `metadata.attempts` shows it. */
export const attemptViewSchema = z.object({
  provider: z.string(),
  executed_model: z.string(),
  status: z.enum(['succeeded', 'failed']),
  /** The kind of failure; null where it delivered. */
  reason: failureKindSchema.nullable(),
  message: z.string().nullable(),
  upstream_status: z.number().int().nullable(),
  duration_ms: z.number().int().nonnegative(),
  chosen: choiceSchema,
  /** USD. */
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
    cost: microsToUsd(micros(attempt.costMicros)),
  };
}
