import { inTransaction, type Client } from '@lumenfall/database';
import { micros, type Micros } from '@lumenfall/money';
import { addCredit } from '../credit.js';
import { lockAccount, topUpOf, type TopUp } from './top-up-row.js';

/**
 * `changed`; `repeated`: it was known before, nothing changed; `unknown`: there is no such top-up; `conflict`: the
 * ledger has another entry for this payment, nothing changed.
 */
export type MoveOutcome = 'changed' | 'repeated' | 'unknown' | 'conflict';

export interface Paid {
  /** The provider's id of the payment: the reference of the ledger entry. */
  paymentId: string;
  receivedMicros: Micros;
}

export interface Refunded extends Paid {
  /** The id of the top-up, if the provider reports it. */
  reference: string | null;
  /** Given back of the payment in all, not only by this refund. */
  refundedMicros: Micros;
}

const OPEN = ['requested', 'pending'];

/** Keeps what the provider said about an open top-up. False if it is not open any more. */
export async function pend(
  client: Client,
  id: string,
  known: { paymentId?: string | null; checkout?: { id: string; url: string } },
): Promise<boolean> {
  const { count } = await client.topUp.updateMany({
    where: { id, state: { in: OPEN } },
    data: {
      state: 'pending',
      updatedAt: new Date(),
      ...(known.paymentId != null && { providerReference: known.paymentId }),
      ...(known.checkout && { checkoutId: known.checkout.id, checkoutUrl: known.checkout.url }),
    },
  });
  return count > 0;
}

/**
 * Adds the credit of a payment and moves its top-up to `succeeded`, in one transaction. It may be repeated and may come
 * late: a top-up that failed before succeeds too, because the money has arrived.
 */
export function succeed(client: Client, id: string, { paymentId, receivedMicros }: Paid): Promise<MoveOutcome> {
  return withTopUp(client, { id }, async (tx, topUp) => {
    const { organizationId, kind } = topUp;
    const note = topUp.provider === 'manual' ? 'Completed by an operator' : null;
    const credited = await addCredit(tx, {
      ...{ organizationId, kind, amountMicros: receivedMicros, reference: paymentId, note },
    });
    if (credited.outcome !== 'added' && credited.outcome !== 'repeated') return 'conflict';
    await tx.topUp.updateMany({
      where: { id, state: { not: 'succeeded' } },
      data: { state: 'succeeded', providerReference: paymentId, failureReason: null, updatedAt: new Date() },
    });
    if (kind === 'auto_top_up') await forgetFailures(tx, organizationId);
    return credited.outcome === 'added' ? 'changed' : 'repeated';
  });
}

/** Ends an open top-up without credit. After an automatic one, the next waits, longer with each failure. */
export function fail(
  client: Client,
  id: string,
  { reason, paymentId }: { reason: string; paymentId: string | null },
): Promise<MoveOutcome> {
  return withTopUp(client, { id }, async (tx, { organizationId, kind }) => {
    const { count } = await tx.topUp.updateMany({
      where: { id, state: { in: OPEN } },
      data: {
        ...{ state: 'failed', failureReason: reason, updatedAt: new Date() },
        ...(paymentId !== null && { providerReference: paymentId }),
      },
    });
    if (count > 0 && kind === 'auto_top_up') {
      // 15 minutes, then 1, 4, 16 and 24 hours.
      await tx.$executeRaw`
        UPDATE auto_top_ups SET failures = failures + 1, last_failure = ${reason}, updated_at = now(),
          not_before = clock_timestamp() + LEAST(interval '1 day', interval '15 minutes' * 4 ^ LEAST(failures, 4))
        WHERE organization_id = ${organizationId}`;
    }
    return count > 0 ? 'changed' : 'repeated';
  });
}

/**
 * Adds the part of a refund that the ledger does not have yet, as a negative entry. If the payment itself was not
 * recorded before, it is first.
 */
export async function refund(client: Client, refunded: Refunded): Promise<MoveOutcome> {
  const { paymentId, receivedMicros, reference, refundedMicros } = refunded;
  const paid = await client.topUp.findFirst({ where: { providerReference: paymentId }, select: { id: true } });
  const id = paid?.id ?? reference;
  if (id === null) return 'unknown';
  return inTransaction(client, async (tx) => {
    const succeeded = await succeed(tx, id, { paymentId, receivedMicros });
    if (succeeded === 'unknown' || succeeded === 'conflict') return succeeded;
    return withTopUp(tx, { id, providerReference: paymentId }, async (_tx, topUp) => {
      const delta = refundedMicros - topUp.refundedMicros;
      if (delta <= 0) return 'repeated';
      const entry = {
        ...{ organizationId: topUp.organizationId, kind: 'refund' as const, amountMicros: micros(-delta) },
        ...{ reference: `refund-${paymentId}-${refundedMicros}`, note: null },
      };
      if ((await addCredit(tx, entry)).outcome !== 'added') return 'conflict';
      await tx.topUp.update({
        where: { id },
        data: { refundedMicros: BigInt(refundedMicros), updatedAt: new Date() },
      });
      return 'changed';
    });
  });
}

export async function forgetFailures(tx: Client, organizationId: string): Promise<void> {
  await tx.autoTopUp.updateMany({
    where: { organizationId },
    data: { failures: 0, lastFailure: null, notBefore: null },
  });
}

/** Locks the account, then reads the top-up: whatever changed it before is visible then. */
function withTopUp(
  client: Client,
  where: { id: string; providerReference?: string },
  work: (tx: Client, topUp: TopUp) => Promise<MoveOutcome>,
): Promise<MoveOutcome> {
  return inTransaction(client, async (tx) => {
    const owner = await tx.topUp.findUnique({ where: { id: where.id }, select: { organizationId: true } });
    if (owner === null) return 'unknown';
    await lockAccount(tx, owner.organizationId);
    const row = await tx.topUp.findFirst({ where });
    return row === null ? 'unknown' : work(tx, topUpOf(row));
  });
}
