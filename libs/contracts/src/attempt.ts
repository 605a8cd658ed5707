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
});
export type Attempt = z.infer<typeof attemptSchema>;
