import { z } from 'zod';

const atMost = (max: number) => z.number().int().positive().max(max).optional();

/**
 * The limits of an API key or an organization; a limit that is absent is off. A field that is not listed is an error: a
 * misspelt name must not turn a limit off. A new field also needs the CHECK constraints of `api_keys` and
 * `organizations`.
 */
export const limitsSchema = z.strictObject({
  /** Charges of a UTC day in micros, with the estimates of running requests. */
  spendPerDayMicros: atMost(Number.MAX_SAFE_INTEGER),
  /** The same for a calendar month in UTC. */
  spendPerMonthMicros: atMost(Number.MAX_SAFE_INTEGER),
  requestsPerMinute: atMost(1_000_000_000),
  /** Input and output tokens: the estimate when a request starts, its real usage once it has ended. */
  tokensPerMinute: atMost(1_000_000_000_000),
  /** Requests whose answer has not ended. */
  requestsAtOnce: atMost(1_000_000),
});
export type Limits = z.infer<typeof limitsSchema>;
export type LimitName = keyof Limits;

export const LIMIT_NAMES = Object.keys(limitsSchema.shape) as LimitName[];

/** Changes of limits: a number sets a limit, null turns it off, an absent one stays as it is. */
export const limitChangesSchema = z.strictObject({
  spendPerDayMicros: limitsSchema.shape.spendPerDayMicros.nullable(),
  spendPerMonthMicros: limitsSchema.shape.spendPerMonthMicros.nullable(),
  requestsPerMinute: limitsSchema.shape.requestsPerMinute.nullable(),
  tokensPerMinute: limitsSchema.shape.tokensPerMinute.nullable(),
  requestsAtOnce: limitsSchema.shape.requestsAtOnce.nullable(),
});
export type LimitChanges = z.infer<typeof limitChangesSchema>;
