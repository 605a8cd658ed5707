import { micros } from '@lumenfall/money';
import { StripeStandIn } from '@lumenfall/testing';
import { openPaymentPort, type CustomerStore, type PaymentCustomer, type PaymentPort } from '../index.js';

const payment = (reference: string, changes: object = {}) => ({
  reference,
  organizationId: 'org_1',
  amountMicros: micros(25_000_000),
  ...changes,
});
const started = (reference: string, changes: object = {}) => ({
  ...payment(reference),
  paymentId: null,
  checkoutId: null,
  automatic: true,
  startedAt: new Date(),
  ...changes,
});

describe('the Stripe port', () => {
  let stripe: StripeStandIn;
  let saved: Map<string, PaymentCustomer>;
  let port: PaymentPort;
  const customers: CustomerStore = {
    find: async (organizationId) => saved.get(organizationId) ?? null,
    save: async (organizationId, customerId) => {
      const customer = saved.get(organizationId) ?? { customerId, paymentMethodId: null };
      saved.set(organizationId, customer);
      return customer;
    },
  };
  const withCard = (paymentMethodId: string): void =>
    void saved.set('org_1', { customerId: 'cus_known', paymentMethodId });

  beforeEach(async () => {
    stripe = await new StripeStandIn().start();
    saved = new Map();
    const opened = openPaymentPort(stripe.environment(), customers);
    if (!opened.ok) throw new Error(opened.error);
    port = opened.value;
  });
  afterEach(() => stripe.close());

  it('opens a page for the amount, and creates one customer for all pages of an organization', async () => {
    const first = await port.checkout(payment('top_1'));
    expect(first).toMatchObject({ outcome: 'opened', url: expect.stringMatching(/^https:/) });
    expect(await port.checkout(payment('top_1'))).toEqual(first);
    await port.checkout(payment('top_2'));
    expect(await port.setUp('org_1', 'set_1')).toMatchObject({ outcome: 'opened' });
    expect(stripe.customers).toMatchObject([{ metadata: { organization: 'org_1' } }]);
    expect(stripe.sessions).toMatchObject([
      { mode: 'payment', amount_total: 2_500, metadata: { top_up: 'top_1', organization: 'org_1' } },
      { mode: 'payment', amount_total: 2_500, metadata: { top_up: 'top_2', organization: 'org_1' } },
      { mode: 'setup' },
    ]);
  });

  it('creates no second customer if the connection breaks after Stripe created the first', async () => {
    stripe.break('POST /v1/customers', 'act-then-hang-up');
    expect(await port.checkout(payment('top_1'))).toMatchObject({ outcome: 'opened' });
    expect(stripe.customers).toHaveLength(1);
  });

  it.each([
    ['pm_visa', { outcome: 'succeeded', receivedMicros: 25_000_000 }],
    ['pm_slow', { outcome: 'pending' }],
    ['pm_declined', { outcome: 'declined', reason: 'insufficient_funds' }],
    ['pm_3ds', { outcome: 'requires-action', reason: 'authentication_required' }],
  ])('charges the saved card %s and reports the outcome', async (card, outcome) => {
    withCard(card);
    const charged = await port.charge(payment('top_1'));
    expect(charged).toMatchObject({ ...outcome, paymentId: stripe.intents[0]?.['id'] });
    // The card and not the repetition decides: Stripe answers a repeated key with the first answer.
    expect(await port.charge(payment('top_1'))).toEqual(charged);
    expect(stripe.intents).toHaveLength(1);
    expect(await port.find(started('top_1'))).toEqual(charged);
  });

  it('declines a charge of an organization that has saved no card', async () => {
    expect(await port.charge(payment('top_1'))).toMatchObject({ outcome: 'declined', reason: 'no_saved_card' });
    expect(stripe.calls).toEqual([]);
  });

  it('finds a charge whose answer was lost, and does not charge a second time', async () => {
    withCard('pm_visa');
    stripe.break('POST /v1/payment_intents', 'act-then-hang-up', 'hang-up');
    expect(await port.charge(payment('top_1'))).toMatchObject({ outcome: 'unavailable' });
    expect(await port.find(started('top_1'))).toMatchObject({ outcome: 'succeeded' });
    expect(stripe.intents).toHaveLength(1);
  });

  it('charges if an earlier charge did not reach Stripe, but only while its key is remembered', async () => {
    withCard('pm_visa');
    stripe.break('POST /v1/payment_intents', 'hang-up', 'internal-error');
    expect(await port.charge(payment('top_1'))).toMatchObject({ outcome: 'unavailable' });
    const old = started('top_1', { startedAt: new Date(Date.now() - 24 * 3_600_000) });
    expect(await port.find(old)).toEqual({ outcome: 'absent' });
    expect(await port.find(started('top_1', { automatic: false }))).toEqual({ outcome: 'absent' });
    expect(await port.find(started('top_1'))).toMatchObject({ outcome: 'succeeded' });
  });

  it('reports the state of a page until it is paid or expires', async () => {
    const opened = await port.checkout(payment('top_1'));
    const checkoutId = opened.outcome === 'opened' ? opened.checkoutId : '';
    const one = started('top_1', { checkoutId, automatic: false });
    expect(await port.find(one)).toEqual({ outcome: 'pending', paymentId: null });
    stripe.pay(checkoutId, 'pm_declined');
    expect(await port.find(one)).toMatchObject({ outcome: 'pending', paymentId: expect.stringMatching(/^pi_/) });
    stripe.pay(checkoutId);
    expect(await port.find(one)).toMatchObject({ outcome: 'succeeded', receivedMicros: 25_000_000 });
    const other = await port.checkout(payment('top_2'));
    const expired = started('top_2', { checkoutId: other.outcome === 'opened' ? other.checkoutId : '' });
    stripe.expire(expired.checkoutId ?? '');
    expect(await port.find(expired)).toMatchObject({ outcome: 'declined', reason: 'checkout_expired' });
  });

  it.each(['hang-up', 'internal-error'] as const)('reports Stripe as unavailable: %s', async (fault) => {
    stripe.break('POST /v1/customers', fault, fault);
    expect(await port.checkout(payment('top_1'))).toMatchObject({ outcome: 'unavailable' });
  });
});
