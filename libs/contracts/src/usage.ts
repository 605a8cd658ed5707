import { z } from 'zod';
import { attemptSchema } from './attempt.js';
import { routeChoiceSchema } from './routing.js';
import { errorCodeSchema } from './error-codes.js';
import { requestIdSchema } from './identifiers.js';
import { flowSchema, marginPercentSchema, metricSchema, priceSchema } from './price.js';

/** A quantity of a priced unit, with the properties that select its price line. */
export const quantitySchema = z.object({
  type: flowSchema,
  metric: metricSchema,
  of: z.enum(['text', 'image', 'audio']).optional(),
  properties: z.record(z.string(), z.string()).optional(),
  quantity: z.number().nonnegative(),
});
export type Quantity = z.infer<typeof quantitySchema>;

const singleChargeSchema = z.object({
  price: priceSchema.nullable(),
  quantities: z.array(quantitySchema),
  /** USD as decimal text, exactly as the provider reported it. */
  reportedCostUsd: z.string().nullable(),
  /** The organization's margin when the request was planned; null or absent: none. */
  marginPercent: marginPercentSchema.nullish(),
  /** True if the quantities were counted here because the provider reported none, or contradictory ones. */
  estimated: z.boolean(),
});

/**
 * What was used and how it is priced: the provider's reported cost if there is one, otherwise the quantities at the
 * price version that the request was planned with; plus the margin in both cases. If nothing was delivered, price and
 * quantities are empty.
 */
export const chargeBasisSchema = singleChargeSchema.extend({
  /**
   * Work that is priced in parts, because several offerings delivered it, or some reported their cost. The cost is the
   * sum of the parts then, and `quantities` says what all of them used.
   */
  parts: z.array(singleChargeSchema).optional(),
});
export type ChargeBasis = z.infer<typeof chargeBasisSchema>;

export const NOTHING_CHARGED: ChargeBasis = { price: null, quantities: [], reportedCostUsd: null, estimated: false };

export const modalitySchema = z.enum(['text', 'image', 'video']);
export type Modality = z.infer<typeof modalitySchema>;

/** Outcome of a request. (`pending` and `processing` are states of the history row only.) */
export const terminalStatusSchema = z.enum(['completed', 'upstream_failure', 'rejected', 'cancelled']);
export type TerminalStatus = z.infer<typeof terminalStatusSchema>;

/** What the gateway knows when it accepts a request; part of every job, so that any process can record the outcome. */
export const requestContextSchema = z.object({
  requestId: requestIdSchema,
  organizationId: z.string(),
  keyId: z.string(),
  modality: modalitySchema.nullable(),
  endpoint: z.string(),
  /** The requested model; null if the request was refused before a model was known. */
  model: z.string().nullable(),
  /** ISO 8601 with ms. */
  createdAt: z.iso.datetime(),
  sessionId: z.string().nullable(),
  traceId: z.string().nullable(),
  user: z.string().nullable(),
  requestSizeBytes: z.number().int().nullable(),
});
export type RequestContext = z.infer<typeof requestContextSchema>;

/**
 * The one record of an accepted request, whatever its outcome. Its id is the request id: billing applies it once, and a
 * second delivery changes nothing. Deploy order: a new optional field first in billing, then in its writers.
 */
export const usageRecordSchema = requestContextSchema.extend({
  status: terminalStatusSchema,
  /** `<provider>/<provider model id>` of the attempt that delivered; null if none did. */
  executedModel: z.string().nullable(),
  provider: z.string().nullable(),
  durationMs: z.number().int().nonnegative(),
  responseSizeBytes: z.number().int().nullable(),
  errorCode: errorCodeSchema.nullable(),
  errorMessage: z.string().nullable(),
  charge: chargeBasisSchema,
  attempts: z.array(attemptSchema),
  /** The candidates in order and the skipped offerings; null if no work was started. */
  choice: routeChoiceSchema.nullable().default(null),
});
export type UsageRecord = z.infer<typeof usageRecordSchema>;
