import { z } from 'zod';

/**
 * How an offering with one credential stands. `healthy`: among the first choices; `resting`: it asked to be left alone
 * (`Retry-After`); `open`: its breaker is open, one call a while goes through; `disabled`: the provider refused the credential.
 */
export const circuitStateSchema = z.enum(['healthy', 'resting', 'open', 'disabled']);
export type CircuitState = z.infer<typeof circuitStateSchema>;

/** One stop of a route as it was weighed at the moment of choosing. */
export const weighedCandidateSchema = z.object({
  /** `<provider>/<provider model id>` */
  executedModel: z.string(),
  credential: z.string().nullable(),
  priority: z.number().int().nonnegative(),
  weight: z.number().nonnegative(),
  circuitState: circuitStateSchema,
  /** Decaying average of the part of calls that succeeded, 0 to 1; null before the first. */
  successRate: z.number().nullable(),
  /** Decaying average, ms; to the first part for chats, to the answer for images. Null before the first. */
  latencyMs: z.number().nullable(),
  /** What this request was expected to cost there; null where only the provider can say. Absent in older records. */
  expectedMicros: z.number().int().nonnegative().nullable().optional(),
  /** The chance by which it was drawn within its group, 0 to 1. */
  share: z.number(),
});
export type WeighedCandidate = z.infer<typeof weighedCandidateSchema>;

/** The choice as it was made, for whoever asks later why a request went where it went (`doctor`). */
export const routeChoiceSchema = z.object({
  order: z.array(weighedCandidateSchema),
  passedOver: z.array(z.object({ executedModel: z.string(), why: z.string() })),
});
export type RouteChoice = z.infer<typeof routeChoiceSchema>;
