import Stripe from 'stripe';
import type {
  ChargeOutcome,
  CheckoutOutcome,
  CustomerStore,
  Payment,
  PaymentCustomer,
  PaymentPort,
  StartedPayment,
} from '../payment-port.js';
import { readStripeEvent } from './stripe-events.js';
import { centsOf, outcomeOf, outcomeOfError, reasonOf } from './stripe-outcomes.js';

export interface StripeSettings {
  secretKey: string;
  webhookSecret: string;
  returnUrl: string;
  /** Null for Stripe itself. */
  apiBase: string | null;
}

const CALL_MS = 5_000;
/** Stripe keeps idempotency keys for 24 hours. Until then a repeated call cannot charge twice. */
const REPEATABLE_MS = 23 * 3_600_000;
/** The clocks of Stripe and of this machine may differ. */
const CLOCK_MARGIN_S = 600;

/** Payments by Stripe: checkout pages, and charges of a saved card. */
export function stripePort(settings: StripeSettings, customers: CustomerStore): PaymentPort {
  const stripe = new Stripe(settings.secretKey, {
    timeout: CALL_MS,
    maxNetworkRetries: 1,
    telemetry: false,
    ...addressOf(settings.apiBase),
  });

  /** The id is saved before it is used, so an organization keeps one customer, with its cards, at Stripe. */
  async function customerOf(organizationId: string): Promise<PaymentCustomer> {
    const known = await customers.find(organizationId);
    if (known !== null) return known;
    const { id } = await stripe.customers.create(
      { metadata: { organization: organizationId } },
      { idempotencyKey: `customer-${organizationId}` },
    );
    return customers.save(organizationId, id);
  }

  async function openPage(params: Stripe.Checkout.SessionCreateParams, key: string): Promise<CheckoutOutcome> {
    const { id, url } = await stripe.checkout.sessions.create(
      { ...params, success_url: settings.returnUrl, cancel_url: settings.returnUrl },
      { idempotencyKey: key },
    );
    return url === null
      ? { outcome: 'unavailable', reason: 'session_without_url' }
      : { outcome: 'opened', url, checkoutId: id };
  }

  async function charge({ reference, organizationId, amountMicros }: Payment): Promise<ChargeOutcome> {
    try {
      const customer = await customers.find(organizationId);
      if (customer === null || customer.paymentMethodId === null)
        return { outcome: 'declined', paymentId: null, reason: 'no_saved_card' };
      const intent = await stripe.paymentIntents.create(
        {
          amount: centsOf(amountMicros),
          currency: 'usd',
          customer: customer.customerId,
          payment_method: customer.paymentMethodId,
          off_session: true,
          confirm: true,
          metadata: { top_up: reference, organization: organizationId },
        },
        { idempotencyKey: reference },
      );
      return outcomeOf(intent);
    } catch (error) {
      return outcomeOfError(error);
    }
  }

  /** A payment without a known id: Stripe lists the payments of a customer at once, unlike its search. */
  async function findUnanswered(payment: StartedPayment): Promise<ChargeOutcome | { outcome: 'absent' }> {
    const customer = await customers.find(payment.organizationId);
    if (customer === null) return { outcome: 'absent' };
    const created = { gte: Math.floor(payment.startedAt.getTime() / 1000) - CLOCK_MARGIN_S };
    const intents = stripe.paymentIntents.list({ customer: customer.customerId, created, limit: 100 });
    for await (const intent of intents) if (intent.metadata['top_up'] === payment.reference) return outcomeOf(intent);
    const repeatable = payment.automatic && Date.now() - payment.startedAt.getTime() < REPEATABLE_MS;
    return repeatable ? charge(payment) : { outcome: 'absent' };
  }

  async function findCheckout(checkoutId: string): Promise<ChargeOutcome> {
    const session = await stripe.checkout.sessions.retrieve(checkoutId, { expand: ['payment_intent'] });
    const intent = typeof session.payment_intent === 'string' ? null : session.payment_intent;
    if (intent?.status === 'succeeded') return outcomeOf(intent);
    if (session.status === 'expired')
      return { outcome: 'declined', paymentId: intent?.id ?? null, reason: 'checkout_expired' };
    return { outcome: 'pending', paymentId: intent?.id ?? null };
  }

  return {
    name: 'stripe',
    charge,

    async checkout({ reference, organizationId, amountMicros }) {
      try {
        const metadata = { top_up: reference, organization: organizationId };
        return await openPage(
          {
            mode: 'payment',
            customer: (await customerOf(organizationId)).customerId,
            line_items: [
              {
                quantity: 1,
                price_data: { currency: 'usd', unit_amount: centsOf(amountMicros), product_data: { name: 'Credit' } },
              },
            ],
            metadata,
            // The card is attached to the customer, for auto top-ups.
            payment_intent_data: { metadata, setup_future_usage: 'off_session' },
          },
          `checkout-${reference}`,
        );
      } catch (error) {
        return { outcome: 'unavailable', reason: reasonOf(error) };
      }
    },

    async setUp(organizationId, reference) {
      try {
        const { customerId } = await customerOf(organizationId);
        return await openPage({ mode: 'setup', currency: 'usd', customer: customerId }, `setup-${reference}`);
      } catch (error) {
        return { outcome: 'unavailable', reason: reasonOf(error) };
      }
    },

    async find(payment) {
      try {
        if (payment.checkoutId !== null) return await findCheckout(payment.checkoutId);
        if (payment.paymentId === null) return await findUnanswered(payment);
        return outcomeOf(await stripe.paymentIntents.retrieve(payment.paymentId));
      } catch (error) {
        return { outcome: 'unavailable', reason: reasonOf(error) };
      }
    },

    readEvent: (payload, signature) => readStripeEvent(stripe.webhooks, settings.webhookSecret, payload, signature),
  };
}

function addressOf(apiBase: string | null): Pick<Stripe.StripeConfig, 'host' | 'port' | 'protocol'> {
  if (apiBase === null) return {};
  const { hostname, port, protocol } = new URL(apiBase);
  const name = protocol === 'http:' ? 'http' : 'https';
  return { host: hostname, port: port === '' ? (name === 'http' ? 80 : 443) : port, protocol: name };
}
