import { micros, type Micros } from '@lumenfall/money';
import Stripe from 'stripe';
import { MICROS_PER_CENT, type ChargeOutcome } from '../payment-port.js';

export const centsOf = (amount: Micros): number => amount / MICROS_PER_CENT;
export const microsOf = (cents: number): Micros => micros(cents * MICROS_PER_CENT);

/** The outcome of a charge without the customer, from the state of its payment intent. */
export function outcomeOf(intent: Stripe.PaymentIntent): ChargeOutcome {
  const { id: paymentId } = intent;
  switch (intent.status) {
    case 'succeeded':
      return { outcome: 'succeeded', paymentId, receivedMicros: microsOf(intent.amount_received) };
    case 'requires_payment_method':
      return failureOf(paymentId, intent.last_payment_error ?? {});
    case 'canceled':
      return { outcome: 'declined', paymentId, reason: 'canceled' };
    case 'requires_action':
    case 'requires_confirmation':
      return { outcome: 'requires-action', paymentId, reason: 'authentication_required' };
    default:
      return { outcome: 'pending', paymentId };
  }
}

/** The outcome of a call that Stripe refused, or that did not reach it. */
export function outcomeOfError(error: unknown): ChargeOutcome {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const paymentId = error.payment_intent?.id ?? null;
  if (error instanceof Stripe.errors.StripeCardError) return failureOf(paymentId, error);
  // Stripe read the request and refused it: it did not charge.
  if (error instanceof Stripe.errors.StripeInvalidRequestError)
    return { outcome: 'declined', paymentId, reason: error.code ?? 'invalid_request' };
  return { outcome: 'unavailable', reason: reasonOf(error) };
}

/** For logs and rows: Stripe's code of the failure. Its message may quote parts of the request. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  return error.code ?? error.type;
}

function failureOf(
  paymentId: string | null,
  { code, decline_code: declineCode }: { code?: string; decline_code?: string },
): ChargeOutcome {
  if (code === 'authentication_required' || declineCode === 'authentication_required')
    return { outcome: 'requires-action', paymentId, reason: 'authentication_required' };
  return { outcome: 'declined', paymentId, reason: declineCode ?? code ?? 'card_declined' };
}
