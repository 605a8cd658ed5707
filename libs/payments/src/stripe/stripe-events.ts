import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import Stripe from 'stripe';
import type { PaymentEvent } from '../payment-port.js';
import { microsOf } from './stripe-outcomes.js';

/** How old the signature of an event may be. */
const TOLERANCE_S = 300;

/** Errors: `INVALID_REQUEST`, also for an event that is signed but cannot be read. */
export function readStripeEvent(
  webhooks: Stripe['webhooks'],
  secret: string,
  payload: Uint8Array,
  signature: string,
): Result<PaymentEvent> {
  try {
    return succeed(eventOf(webhooks.constructEvent(Buffer.from(payload), signature, secret, TOLERANCE_S)));
  } catch (error) {
    const unsigned = error instanceof Stripe.errors.StripeSignatureVerificationError;
    const message = unsigned
      ? 'Stripe-Signature does not sign this body with STRIPE_WEBHOOK_SECRET, or is older than five minutes'
      : 'The body is not an event of Stripe';
    return fail(apiError('INVALID_REQUEST', message));
  }
}

/** The order of events is not guaranteed, so each mapped event says by itself what is true from then on. */
function eventOf(event: Stripe.Event): PaymentEvent {
  const ignored: PaymentEvent = { type: 'ignored', name: event.type };
  switch (event.type) {
    case 'payment_intent.succeeded': {
      const { id: paymentId, metadata, amount_received: cents, currency } = event.data.object;
      const reference = metadata['top_up'];
      if (reference === undefined || currency !== 'usd') return ignored;
      return { type: 'succeeded', reference, paymentId, receivedMicros: microsOf(cents) };
    }
    case 'payment_intent.payment_failed':
    case 'payment_intent.canceled': {
      const { id: paymentId, metadata, last_payment_error: error } = event.data.object;
      const reference = metadata['top_up'];
      if (reference === undefined) return ignored;
      const closed = event.type === 'payment_intent.canceled';
      const reason = error?.decline_code ?? error?.code ?? (closed ? 'canceled' : 'card_declined');
      return { type: 'failed', reference, paymentId, reason, closed };
    }
    case 'checkout.session.completed': {
      const { metadata, payment_status: status, amount_total: cents, currency, payment_intent } = event.data.object;
      const reference = metadata?.['top_up'];
      const paymentId = idOf(payment_intent);
      if (reference === undefined || paymentId === null || status !== 'paid' || cents === null || currency !== 'usd')
        return ignored;
      return { type: 'succeeded', reference, paymentId, receivedMicros: microsOf(cents) };
    }
    case 'checkout.session.expired': {
      const { metadata, payment_intent } = event.data.object;
      const reference = metadata?.['top_up'];
      if (reference === undefined) return ignored;
      return { type: 'failed', reference, paymentId: idOf(payment_intent), reason: 'checkout_expired', closed: true };
    }
    case 'charge.refunded': {
      const {
        payment_intent,
        amount_refunded: refunded,
        amount_captured: received,
        metadata,
        currency,
      } = event.data.object;
      const paymentId = idOf(payment_intent);
      if (paymentId === null || currency !== 'usd') return ignored;
      const reference = metadata['top_up'] ?? null;
      return {
        type: 'refunded',
        reference,
        paymentId,
        refundedMicros: microsOf(refunded),
        receivedMicros: microsOf(received),
      };
    }
    case 'payment_method.attached': {
      const { id: paymentMethodId, customer } = event.data.object;
      const customerId = idOf(customer);
      return customerId === null ? ignored : { type: 'method-saved', customerId, paymentMethodId };
    }
    default:
      return ignored;
  }
}

const idOf = (reference: string | { id: string } | null): string | null =>
  typeof reference === 'string' ? reference : (reference?.id ?? null);
