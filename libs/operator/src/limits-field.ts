import { limitChangesSchema, type LimitChanges, type Limits } from '@lumenfall/contracts';
import { micros, microsToUsd } from '@lumenfall/money';
import { z } from 'zod';
import { positiveUsdField } from './fields.js';

/** The limits of a key or an organization; spend in USD. Null: no limit. */
export interface LimitsView {
  spend_per_day: number | null;
  spend_per_month: number | null;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  requests_at_once: number | null;
}

const { shape } = limitChangesSchema;

/** Changes of limits: a number sets a limit, null turns it off, an absent one stays as it is. */
export const limitsField = z.strictObject({
  spend_per_day: positiveUsdField.nullable().optional(),
  spend_per_month: positiveUsdField.nullable().optional(),
  requests_per_minute: shape.requestsPerMinute,
  tokens_per_minute: shape.tokensPerMinute,
  requests_at_once: shape.requestsAtOnce,
});

/** The changes by the names of the stores; absent ones are left out. */
export function limitChangesOf(given: z.infer<typeof limitsField>): LimitChanges {
  const changes: LimitChanges = {
    spendPerDayMicros: given.spend_per_day,
    spendPerMonthMicros: given.spend_per_month,
    requestsPerMinute: given.requests_per_minute,
    tokensPerMinute: given.tokens_per_minute,
    requestsAtOnce: given.requests_at_once,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

/** Null if the stored limits cannot be read; requests are then refused. */
export function limitsView(limits: Limits | null): LimitsView | null {
  if (limits === null) return null;
  const usd = (amount: number | undefined): number | null =>
    amount === undefined ? null : microsToUsd(micros(amount));
  return {
    spend_per_day: usd(limits.spendPerDayMicros),
    spend_per_month: usd(limits.spendPerMonthMicros),
    requests_per_minute: limits.requestsPerMinute ?? null,
    tokens_per_minute: limits.tokensPerMinute ?? null,
    requests_at_once: limits.requestsAtOnce ?? null,
  };
}
