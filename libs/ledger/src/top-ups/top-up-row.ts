import type { Client, TopUpColumns } from '@lumenfall/database';
import { micros, type Micros } from '@lumenfall/money';
import { z } from 'zod';

/** `requested`: stored, but not yet handed to the provider. `pending`: the provider, or an operator, decides. */
export const topUpStateSchema = z.enum(['requested', 'pending', 'succeeded', 'failed']);
export type TopUpState = z.infer<typeof topUpStateSchema>;

const kindSchema = z.enum(['top_up', 'auto_top_up']);
const providerSchema = z.enum(['manual', 'stripe']);
export type TopUpProvider = z.infer<typeof providerSchema>;

/** A payment for credit. */
export interface TopUp {
  /** `top_` + a KSUID */
  id: string;
  organizationId: string;
  /** `auto_top_up`: a charge without the customer. */
  kind: z.infer<typeof kindSchema>;
  amountMicros: Micros;
  state: TopUpState;
  provider: TopUpProvider;
  /** The provider's id of the payment; null until it is known. */
  paymentId: string | null;
  /** The page on which the customer pays. */
  checkout: { id: string; url: string } | null;
  /** Only if it failed: the provider's code, or the words of an operator. */
  failureReason: string | null;
  /** Given back of it, in all. */
  refundedMicros: Micros;
  createdAt: Date;
  updatedAt: Date;
}

export function topUpOf(row: TopUpColumns): TopUp {
  return {
    id: row.id,
    organizationId: row.organizationId,
    kind: kindSchema.parse(row.kind),
    amountMicros: micros(row.amountMicros),
    state: topUpStateSchema.parse(row.state),
    provider: providerSchema.parse(row.provider),
    paymentId: row.providerReference,
    checkout: row.checkoutId === null || row.checkoutUrl === null ? null : { id: row.checkoutId, url: row.checkoutUrl },
    failureReason: row.failureReason,
    refundedMicros: micros(row.refundedMicros),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/**
 * Everything that moves the money of an account, or starts an automatic top-up, takes this lock first. False for an
 * unknown account.
 */
export async function lockAccount(tx: Client, organizationId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM accounts WHERE organization_id = ${organizationId} FOR NO KEY UPDATE`;
  return rows.length > 0;
}
