import { z } from 'zod';
import { parseMoment } from './iso-time.js';
import { planSchema } from './plan.js';
import { terminalStatusSchema } from './usage.js';

/** Billing's internal HTTP API, called by the gateway only. Amounts are integer micros. */

const amount = z.number().int();

/** `POST /internal/estimates` {plan} -> the answer of a dry run. */
export const estimateRequestSchema = z.object({ plan: planSchema });

export const estimateComponentSchema = z.object({
  type: z.string(),
  metric: z.string(),
  quantity: z.number(),
  billable_quantity: z.number(),
  /** USD per unit. */
  unit_price: z.number(),
  /** Micros. */
  total_cost: amount,
});

/**
 * The public dry-run body. It contains none of the keys that strict clients take for an execution (`id`, `status`,
 * `data`).
 */
export const estimateAnswerSchema = z.object({
  estimated: z.literal(true),
  model: z.string(),
  provider: z.string(),
  total_cost_micros: amount,
  currency: z.literal('USD'),
  components: z.array(estimateComponentSchema),
});
export type EstimateAnswer = z.infer<typeof estimateAnswerSchema>;

/** `GET /internal/organizations/:id/balance`: funds, and whether a chat needs a hold. */
export const balanceSchema = z.object({
  billingType: z.enum(['prepaid', 'postpaid']),
  balanceMicros: amount,
  heldMicros: amount,
  /** Balance minus active holds; for postpaid plus the credit limit. */
  availableMicros: amount,
  /** True below the larger of the configured floor and twice the last hour's spend: each chat then needs a hold. */
  low: z.boolean(),
});
export type Balance = z.infer<typeof balanceSchema>;

const requestStatusSchema = z.enum([...terminalStatusSchema.options, 'pending', 'processing']);

/** One row of the request history, as the public API shows it. */
export const requestViewSchema = z.object({
  id: z.string(),
  object: z.literal('request'),
  created_at: z.iso.datetime(),
  model: z.string().nullable(),
  modality: z.string().nullable(),
  endpoint: z.string().nullable(),
  status: requestStatusSchema,
  /** USD. */
  cost: z.number(),
  currency: z.literal('usd'),
  duration_ms: z.number().int().nullable(),
  key_id: z.string().nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  session_id: z.string().nullable(),
  trace_id: z.string().nullable(),
  user: z.string().nullable(),
  request_size_bytes: z.number().int().nullable(),
  response_size_bytes: z.number().int().nullable(),
});
export type RequestView = z.infer<typeof requestViewSchema>;

/**
 * A bound of a time range, in any form of ISO 8601; becomes UTC with ms. A whole day, week, month or year is included.
 */
const momentSchema = (edge: 'start' | 'end') =>
  z.string().transform((text, context) => {
    const moment = parseMoment(text, edge);
    if (moment !== null) return moment.toISOString();
    context.addIssue({
      code: 'custom',
      message: 'Expected an ISO 8601 time in the years 1 to 9999, for example 2026-03-15T14:32:10Z or 2026-03-15',
    });
    return z.NEVER;
  });

export const idSchema = z.string().regex(/^[\w-]{1,64}$/, 'expected an id');

/** `GET /internal/organizations/:id/requests`: the public query, already parsed. */
export const requestQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  starting_after: idSchema.optional(),
  ending_before: idSchema.optional(),
  created_after: momentSchema('start').optional(),
  created_before: momentSchema('end').optional(),
  key_id: idSchema.optional(),
  status: requestStatusSchema.optional(),
  summary: z.enum(['true', 'false']).optional(),
});
export type RequestQuery = z.infer<typeof requestQuerySchema>;

export const requestPageSchema = z.object({
  data: z.array(requestViewSchema),
  /** Whether older / newer rows exist beyond this page. */
  hasOlder: z.boolean(),
  hasNewer: z.boolean(),
  /** Over all matching requests, not the page; only with `summary=true`. */
  summary: z.object({ total_cost: z.number(), count: z.number().int(), currency: z.literal('usd') }).optional(),
});
export type RequestPage = z.infer<typeof requestPageSchema>;

/**
 * `POST /internal/operations/:name`: an operation of `libs/operator` for the admin API. Input and answer are the
 * objects of the admin API, in snake_case.
 */
export const operationRequestSchema = z.object({ input: z.record(z.string(), z.unknown()) });
