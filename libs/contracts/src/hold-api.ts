import { z } from 'zod';
import { modalitySchema } from './usage.js';

/** Billing's internal HTTP API for holds, called by the gateway only. Amounts are integer micros. */

const amount = z.number().int();
const unixMs = z.number().int();

/** Whose hold it is. */
export const holdOwnerSchema = z.object({
  requestId: z.string().min(1),
  organizationId: z.string().min(1),
  /** Where billing looks whether the request is still at work. */
  modality: modalitySchema,
});
export type HoldOwner = z.infer<typeof holdOwnerSchema>;

/**
 * `POST /internal/holds`: 201 with a `HoldPlaced`, also when repeated; 402 with a `HoldRefusal`; 409 with a
 * `HoldTooLate`.
 */
export const holdRequestSchema = holdOwnerSchema.extend({
  amountMicros: amount.nonnegative(),
  /** The latest end of the request's job, Unix ms. */
  deadline: unixMs,
  /**
   * After it the hold is not placed: the gateway has given up and refused the request. Unix ms on the clock of the
   * database, which alone decides; the gateway converts from its own clock.
   */
  placeUntil: unixMs,
});
export type HoldRequest = z.infer<typeof holdRequestSchema>;

export const holdPlacedSchema = z.object({
  /** The time of the database, Unix ms. */
  now: unixMs,
  /** How long the hold is kept from its placement, in ms, even if billing finds nothing that works on the request. */
  keptForMs: z.number().int().positive(),
});
export type HoldPlaced = z.infer<typeof holdPlacedSchema>;

export const holdRefusalSchema = z.object({ requiredMicros: amount, availableMicros: amount });
export type HoldRefusal = z.infer<typeof holdRefusalSchema>;

export const holdTooLateSchema = z.object({
  /** `late`: after `placeUntil`. `ended`: released, expired or recorded before. */
  tooLate: z.enum(['late', 'ended']),
  now: unixMs,
});
export type HoldTooLate = z.infer<typeof holdTooLateSchema>;

export const MAX_RELEASES = 500;

/**
 * `POST /internal/holds/releases`: 204, also when repeated. A hold that does not exist leaves a tombstone, which a late
 * placement meets.
 */
export const holdReleasesSchema = z.object({ holds: z.array(holdOwnerSchema).min(1).max(MAX_RELEASES) });
