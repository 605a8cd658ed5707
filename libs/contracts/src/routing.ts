import { z } from 'zod';

/**
 * The circuit state of a candidate (an offering with one credential). `healthy`: tried first; `resting`: the provider
 * sent `Retry-After`; `open`: the breaker is open and lets one probe through at a time; `disabled`: the provider
 * refused the credential.
 */
export const circuitStateSchema = z.enum(['healthy', 'resting', 'open', 'disabled']);
export type CircuitState = z.infer<typeof circuitStateSchema>;

/** Usage records that an earlier version queued have the circuit state under its former name. */
const FORMER_NAME = 'standing';
const withCircuitState = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && FORMER_NAME in value
    ? { circuitState: value[FORMER_NAME], ...value }
    : value;

const weighedCandidateFields = z.object({
  /** `<provider>/<provider model id>` */
  executedModel: z.string(),
  credential: z.string().nullable(),
  priority: z.number().int().nonnegative(),
  weight: z.number().nonnegative(),
  circuitState: circuitStateSchema,
  /** Decaying average of the success rate, 0 to 1; null before the first call. */
  successRate: z.number().nullable(),
  /** Decaying average in ms: to the first part for chats, to the answer for images. Null before the first call. */
  latencyMs: z.number().nullable(),
  /** Expected cost of this request in micros; null if only the provider knows it. Absent in older records. */
  expectedMicros: z.number().int().nonnegative().nullable().optional(),
  /** Probability of being drawn first within its priority group, 0 to 1. */
  share: z.number(),
});

/** One candidate of a route as it was weighed when the route was ordered. */
export const weighedCandidateSchema = z.preprocess(withCircuitState, weighedCandidateFields);
export type WeighedCandidate = z.infer<typeof weighedCandidateSchema>;

/** The order of the candidates, and the offerings that were skipped with the reason; shown by `doctor`. */
export const routeChoiceSchema = z.object({
  order: z.array(weighedCandidateSchema),
  passedOver: z.array(z.object({ executedModel: z.string(), why: z.string() })),
});
export type RouteChoice = z.infer<typeof routeChoiceSchema>;

/**
 * An organization's allow and deny lists. A pattern is matched against `<provider>/<our model id>`; `*` matches any
 * characters, slashes included (`fal/*`, `openai/sora-*`). An empty `allow` allows every offering. `deny` wins over
 * `allow`.
 */
export const routingRulesSchema = z.object({
  allow: z.array(z.string()).default([]),
  deny: z.array(z.string()).default([]),
});
export type RoutingRules = z.infer<typeof routingRulesSchema>;

export const NO_RULES: RoutingRules = { allow: [], deny: [] };
