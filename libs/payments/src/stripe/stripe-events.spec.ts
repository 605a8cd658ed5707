import { StripeStandIn } from '@lumenfall/testing';
import { openPaymentPort, type PaymentEvent } from '../index.js';

const stripe = new StripeStandIn();
const customers = { find: async () => null, save: async () => Promise.reject() };
const full: Record<string, string> = { ...stripe.environment(), STRIPE_API_BASE: 'http://127.0.0.1:9' };
const opened = openPaymentPort(full, customers);
const read = (body: string, signature: string) => {
  if (!opened.ok) throw new Error(opened.error);
  return opened.value.readEvent(Buffer.from(body), signature);
};
const nowS = Math.floor(Date.now() / 1000);
const invalid = { ok: false, error: { code: 'INVALID_REQUEST' } };
const metadata = { top_up: 'top_1' };
const intent = { id: 'pi_1', metadata, amount_received: 1_000, currency: 'usd', last_payment_error: null };
const session = { metadata, payment_status: 'paid', amount_total: 1_000, currency: 'usd', payment_intent: 'pi_1' };
const charge = { payment_intent: 'pi_1', amount_refunded: 250, amount_captured: 1_000, currency: 'usd', metadata };

describe('an event of Stripe', () => {
  it.each<[string, object, PaymentEvent]>([
    [
      'payment_intent.succeeded',
      intent,
      { type: 'succeeded', reference: 'top_1', paymentId: 'pi_1', receivedMicros: 10_000_000 as never },
    ],
    [
      'checkout.session.completed',
      session,
      { type: 'succeeded', reference: 'top_1', paymentId: 'pi_1', receivedMicros: 10_000_000 as never },
    ],
    [
      'payment_intent.payment_failed',
      { ...intent, last_payment_error: { code: 'card_declined', decline_code: 'lost_card' } },
      { type: 'failed', reference: 'top_1', paymentId: 'pi_1', reason: 'lost_card', closed: false },
    ],
    [
      'payment_intent.canceled',
      intent,
      { type: 'failed', reference: 'top_1', paymentId: 'pi_1', reason: 'canceled', closed: true },
    ],
    [
      'checkout.session.expired',
      { ...session, payment_intent: null },
      { type: 'failed', reference: 'top_1', paymentId: null, reason: 'checkout_expired', closed: true },
    ],
    [
      'charge.refunded',
      charge,
      {
        type: 'refunded',
        reference: 'top_1',
        paymentId: 'pi_1',
        refundedMicros: 2_500_000 as never,
        receivedMicros: 10_000_000 as never,
      },
    ],
    [
      'payment_method.attached',
      { id: 'pm_1', customer: 'cus_1' },
      { type: 'method-saved', customerId: 'cus_1', paymentMethodId: 'pm_1' },
    ],
    ['invoice.paid', {}, { type: 'ignored', name: 'invoice.paid' }],
    ['payment_intent.succeeded', { ...intent, metadata: {} }, { type: 'ignored', name: 'payment_intent.succeeded' }],
    ['payment_intent.succeeded', { ...intent, currency: 'eur' }, { type: 'ignored', name: 'payment_intent.succeeded' }],
    [
      'checkout.session.completed',
      { ...session, payment_status: 'unpaid' },
      { type: 'ignored', name: 'checkout.session.completed' },
    ],
  ])('%s becomes an event of the port (row %#)', (type, object, expected) => {
    const { body, signature } = stripe.event(type, object as Record<string, unknown>);
    expect(read(body, signature)).toEqual({ ok: true, value: expected });
  });

  it('is refused if one byte differs, if it is unsigned, and if its signature is old', () => {
    const { body, signature } = stripe.event('payment_intent.succeeded', intent);
    expect(read(body.replace('1000', '9000'), signature)).toMatchObject(invalid);
    expect(read(JSON.stringify(JSON.parse(body)), signature)).toMatchObject(invalid);
    expect(read(body, '')).toMatchObject(invalid);
    expect(read(body, signature.replace(/v1=.*/, `v1=${'0'.repeat(64)}`))).toMatchObject(invalid);
    const old = stripe.event('payment_intent.succeeded', intent, nowS - 301);
    expect(read(old.body, old.signature)).toMatchObject(invalid);
  });

  it('is refused if it is signed but cannot be read', () => {
    const { body, signature } = stripe.event('payment_intent.succeeded', {});
    expect(read(body, signature)).toMatchObject(invalid);
  });
});

describe('the configuration of Stripe', () => {
  const { STRIPE_SECRET_KEY: _key, ...withoutKey } = full;
  const { STRIPE_WEBHOOK_SECRET: _secret, ...withoutSecret } = full;
  const { STRIPE_RETURN_URL: _url, ...withoutUrl } = full;

  it.each([
    ['STRIPE_SECRET_KEY', withoutKey],
    ['STRIPE_WEBHOOK_SECRET', withoutSecret],
    ['STRIPE_RETURN_URL', withoutUrl],
  ])('is refused in one line that names %s if that is missing', (name, configuration) => {
    expect(openPaymentPort(configuration, customers)).toEqual({
      ok: false,
      error: expect.stringMatching(new RegExp(`^${name} is not set[^\n]*$`)),
    });
  });

  it('leaves payments to an operator if it is empty', async () => {
    const manual = openPaymentPort({}, customers);
    expect(manual).toMatchObject({ ok: true, value: { name: 'manual' } });
    expect(manual.ok && manual.value.readEvent(Buffer.from('{}'), '')).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
  });
});
