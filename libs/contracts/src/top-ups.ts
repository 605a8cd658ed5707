import { parseUsd } from '@lumenfall/money';
import { z } from 'zod';
import { idSchema, requestQuerySchema } from './billing-api.js';

/** The ids of top-ups. */
export const topUpIdSchema = z.string().regex(/^top_[0-9A-Za-z]{27}$/);

/** The largest amount that a card can be charged at once: USD 999,999.99. */
const MAX_TOP_UP_MICROS = 999_999_990_000;

/** `POST /v1/top_ups`. The amount is a number or a text (`25`, `"25.00"`), in whole cents; it becomes micros. */
export const newTopUpSchema = z.strictObject({
  amount: z.union([z.number(), z.string()]).transform((amount, context) => {
    const micros = parseUsd(String(amount));
    if (micros !== null && micros > 0 && micros % 10_000 === 0 && micros <= MAX_TOP_UP_MICROS) return micros;
    const message = 'Expected an amount in USD above 0 and below 1000000, in whole cents, for example 25 or 25.50';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }),
});

/** `POST /internal/organizations/:id/top-ups`: 201 as a `TopUpView`, also when repeated with the same id. */
export const topUpRequestSchema = z.object({ id: topUpIdSchema, amountMicros: z.number().int().positive() });
export type TopUpRequest = z.infer<typeof topUpRequestSchema>;

/** A top-up, as the public API shows it. Amounts are USD. */
export const topUpViewSchema = z.object({
  id: z.string(),
  object: z.literal('top_up'),
  type: z.enum(['top_up', 'auto_top_up']),
  status: z.enum(['requested', 'pending', 'succeeded', 'failed']),
  amount: z.number(),
  /** Given back of it, in all. */
  refunded: z.number(),
  currency: z.literal('usd'),
  provider: z.enum(['manual', 'stripe']),
  /** Where the customer pays; null if an operator completes the top-up, or if it has ended. */
  checkout_url: z.string().nullable(),
  failure_reason: z.string().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type TopUpView = z.infer<typeof topUpViewSchema>;

/** `GET /internal/organizations/:id/top-ups`: the public query, already parsed. */
export const topUpQuerySchema = requestQuerySchema.pick({ limit: true, starting_after: true, ending_before: true });
export type TopUpListQuery = z.infer<typeof topUpQuerySchema>;

export const topUpPageSchema = z.object({
  data: z.array(topUpViewSchema),
  hasOlder: z.boolean(),
  hasNewer: z.boolean(),
});
export type TopUpPage = z.infer<typeof topUpPageSchema>;

/** `GET /v1/auto_top_up`. Amounts are USD; null if automatic top-ups were never set. */
export const autoTopUpViewSchema = z.object({
  object: z.literal('auto_top_up'),
  enabled: z.boolean(),
  /** An available balance below this starts a top-up of `amount`. */
  threshold: z.number().nullable(),
  amount: z.number().nullable(),
  currency: z.literal('usd'),
  /** Top-ups in any 24 hours, without those that failed. */
  max_per_day: z.number().int().nullable(),
  has_saved_card: z.boolean(),
  /** Consecutive; the next top-up starts at `next_attempt_at` at the earliest. */
  failures: z.number().int(),
  last_failure: z.string().nullable(),
  next_attempt_at: z.iso.datetime().nullable(),
});
export type AutoTopUpView = z.infer<typeof autoTopUpViewSchema>;

/** `POST /internal/organizations/:id/card-setups` {reference}: the page on which the customer saves a card. */
export const cardSetupRequestSchema = z.object({ reference: idSchema });
export const cardSetupSchema = z.object({ object: z.literal('card_setup'), url: z.string() });
export type CardSetup = z.infer<typeof cardSetupSchema>;

/**
 * `POST /internal/payment-events`: the bytes that a provider sent, in Base64, and their signature. 200 once applied.
 */
export const paymentEventSchema = z.object({ payload: z.base64(), signature: z.string() });
export type SignedPaymentEvent = z.infer<typeof paymentEventSchema>;
