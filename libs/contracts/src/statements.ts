import { z } from 'zod';
import { requestQuerySchema } from './billing-api.js';
import { entryKindSchema, ledgerEntryViewSchema } from './ledger-view.js';

/** A calendar month, UTC. */
export const monthSchema = z
  .string()
  .regex(/^[1-9]\d{3}-(?:0[1-9]|1[0-2])$/, 'expected a month in the form YYYY-MM, for example 2026-03');

/**
 * A month of the ledger; amounts are USD. An entry belongs to the month of its own time. `opening_balance` plus
 * `totals` is `closing_balance`, to the micro. A closed month gets no further entries.
 */
export const statementSummarySchema = z.object({
  /** The month: `2026-03`. */
  id: z.string(),
  object: z.literal('statement'),
  status: z.enum(['open', 'closed']),
  currency: z.literal('usd'),
  opening_balance: z.number(),
  closing_balance: z.number(),
  /** Signed, by the type of the entries. */
  totals: z.record(entryKindSchema, z.number()),
});
export type StatementSummary = z.infer<typeof statementSummarySchema>;

const usageShape = {
  /** Requests that were charged. */
  requests: z.number().int(),
  /** USD, negative. */
  amount: z.number(),
};
const keyShape = {
  /** Null if the request had no key. */
  key_id: z.string().nullable(),
  /** The key's name now; null if it was deleted. */
  key_name: z.string().nullable(),
};
/** Null if the request had none. */
const modelShape = { model: z.string().nullable() };

/** With the usage by model and key, largest first, and every entry that is not usage, oldest first. */
export const statementSchema = statementSummarySchema.extend({
  usage: z.array(z.object({ ...modelShape, ...keyShape, ...usageShape })),
  by_model: z.array(z.object({ ...modelShape, ...usageShape })),
  by_key: z.array(z.object({ ...keyShape, ...usageShape })),
  entries: z.array(ledgerEntryViewSchema),
});
export type Statement = z.infer<typeof statementSchema>;

/** `GET /internal/organizations/:id/statements`: cursors are months. */
export const statementQuerySchema = requestQuerySchema
  .pick({ limit: true })
  .extend({ starting_after: monthSchema.optional(), ending_before: monthSchema.optional() });
export type StatementQuery = z.infer<typeof statementQuerySchema>;

export const statementPageSchema = z.object({
  data: z.array(statementSummarySchema),
  hasOlder: z.boolean(),
  hasNewer: z.boolean(),
});
export type StatementPage = z.infer<typeof statementPageSchema>;
