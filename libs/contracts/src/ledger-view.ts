import { z } from 'zod';
import { idSchema, requestQuerySchema } from './billing-api.js';

/**
 * `usage`: what a request costs, negative. `top_up` and `auto_top_up`: a payment, positive. `adjustment`: a correction
 * by an operator, either sign. `refund`: positive if a charge is given back, negative if a payment is returned.
 */
export const entryKindSchema = z.enum(['top_up', 'auto_top_up', 'usage', 'adjustment', 'refund']);
export type EntryKind = z.infer<typeof entryKindSchema>;

/** One ledger entry, as the public API shows it. */
export const ledgerEntryViewSchema = z.object({
  id: z.string(),
  object: z.literal('ledger_entry'),
  type: entryKindSchema,
  /** USD, signed. */
  amount: z.number(),
  /** USD: the balance that resulted. */
  balance_after: z.number(),
  currency: z.literal('usd'),
  /** The charged request. */
  request_id: z.string().nullable(),
  /** What caused an entry that is not usage, such as a payment. */
  reference: z.string().nullable(),
  note: z.string().nullable(),
  created_at: z.iso.datetime(),
});
export type LedgerEntryView = z.infer<typeof ledgerEntryViewSchema>;

/** `GET /internal/organizations/:id/ledger`: the public query, already parsed. Cursors are ids of entries. */
export const ledgerQuerySchema = requestQuerySchema
  .pick({ limit: true, created_after: true, created_before: true })
  .extend({
    starting_after: idSchema.optional(),
    ending_before: idSchema.optional(),
    type: entryKindSchema.optional(),
  });
export type LedgerQuery = z.infer<typeof ledgerQuerySchema>;

/** Newest first. */
export const ledgerPageSchema = z.object({
  data: z.array(ledgerEntryViewSchema),
  hasOlder: z.boolean(),
  hasNewer: z.boolean(),
});
export type LedgerPage = z.infer<typeof ledgerPageSchema>;
