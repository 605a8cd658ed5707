import { organizationStore } from '@lumenfall/accounts';
import { createBillingClient, type BillingClient } from '@lumenfall/billing-client';
import { newKsuid, newRequestId, requestQuerySchema, type Result } from '@lumenfall/contracts';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { autoTopUpStore, ledgerStore, paymentCustomerStore, topUpStore } from '@lumenfall/ledger';
import { micros } from '@lumenfall/money';
import { openPaymentPort } from '@lumenfall/payments';
import { createLogger, startService, type RunningService } from '@lumenfall/service-kit';
import { aUsageRecord, eventually, filledDatabase, StripeStandIn, type FreshDatabase } from '@lumenfall/testing';
import { requestTopUp } from '../src/payments/pay-top-ups.js';
import { billingService } from '../src/service.js';

const USD = 1_000_000;

/** The whole service, with a stand-in for Stripe. */
describe('payments', () => {
  let books: FreshDatabase;
  let connection: Client;
  let stripe: StripeStandIn;
  let service: RunningService;
  let billing: BillingClient;
  let organizationId: string;
  let made = 0;

  beforeAll(async () => {
    books = await filledDatabase('migrated', (url) => migrateDatabase(url, { info: () => undefined }));
    connection = openClient(books.url);
    stripe = await new StripeStandIn().start();
    service = await startService(billingService, {
      DATABASE_URL: books.url,
      QUEUE_URL: books.url,
      LOG_LEVEL: 'silent',
      SHUTDOWN_GRACE_MS: '2000',
      ...stripe.environment(),
    });
    billing = createBillingClient({ baseUrl: service.url, timeoutMs: 10_000 });
  });
  beforeEach(async () => {
    made += 1;
    const organization = { slug: `org-${made}`, name: 'Test', grantMicros: micros(10 * USD) };
    ({ id: organizationId } = await organizationStore(connection).ensure(organization));
  });
  afterAll(async () => {
    billing?.close();
    await service?.close();
    await stripe?.close();
    await connection?.$disconnect();
    await books?.drop();
  });

  const valueOf = <T>(result: Result<T>): T => {
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  };
  const balance = async (): Promise<number> => valueOf(await billing.balance(organizationId)).balanceMicros;
  const topUps = async () =>
    valueOf(await billing.topUps(organizationId, requestQuerySchema.parse({ limit: 100 }))).data;
  const newTopUp = async (usd = 25) => {
    const request = { id: `top_${newKsuid()}`, amountMicros: usd * USD };
    const topUp = valueOf(await billing.requestTopUp(organizationId, request));
    const session = stripe.sessions.find(({ url }) => url === topUp.checkout_url);
    return { topUp, checkoutId: String(session?.['id']) };
  };
  const deliver = (type: string, object: Record<string, unknown>) => {
    const { body, signature } = stripe.event(type, object);
    return billing.paymentEvent({ payload: Buffer.from(body).toString('base64'), signature });
  };
  const received = { ok: true, value: undefined };
  const spend = async (amount: number): Promise<void> => {
    const record = aUsageRecord({ organizationId, requestId: newRequestId() });
    await ledgerStore(connection).apply([{ record, costMicros: micros(amount), unpriced: false }]);
  };
  const withCard = async (card: string): Promise<void> => {
    await newTopUp();
    const customer = stripe.customers.find(
      ({ metadata }) => (metadata as Record<string, string>)['organization'] === organizationId,
    );
    expect(await deliver('payment_method.attached', { id: card, customer: customer?.['id'] })).toEqual(received);
  };
  const automatic = (thresholdUsd = 5) =>
    autoTopUpStore(connection).set(organizationId, {
      ...{ enabled: true, thresholdMicros: micros(thresholdUsd * USD), amountMicros: micros(20 * USD), maxPerDay: 3 },
    });
  const intentsOf = (id: string) =>
    stripe.intents.filter(({ metadata }) => (metadata as Record<string, string>)['top_up'] === id);
  const automaticTopUp = (status: string) =>
    eventually(async () => (await topUps()).find((topUp) => topUp.type === 'auto_top_up' && topUp.status === status));

  it('credit a top-up once, though three events report it repeatedly and at once', async () => {
    const { topUp, checkoutId } = await newTopUp();
    expect(topUp).toMatchObject({ object: 'top_up', status: 'pending', amount: 25, provider: 'stripe', refunded: 0 });
    const intent = stripe.pay(checkoutId);
    const session = stripe.sessions.find(({ id }) => id === checkoutId) ?? {};
    const reports = [0, 1, 2].flatMap(() => [
      deliver('payment_intent.succeeded', intent),
      deliver('checkout.session.completed', session),
    ]);
    expect(await Promise.all(reports)).toEqual(Array.from({ length: 6 }, () => received));
    expect(await balance()).toBe(35 * USD);
    expect(await topUps()).toMatchObject([{ id: topUp.id, status: 'succeeded', checkout_url: null }]);
  });

  it('keep a top-up open whose first card was declined, and credit it with the second card', async () => {
    const { topUp, checkoutId } = await newTopUp();
    await deliver('payment_intent.payment_failed', { ...stripe.pay(checkoutId, 'pm_declined') });
    expect(await topUps()).toMatchObject([{ id: topUp.id, status: 'pending' }]);
    const intent = stripe.pay(checkoutId);
    await deliver('payment_intent.succeeded', intent);
    // Out of order: the failure of the first card arrives again.
    await deliver('payment_intent.payment_failed', { ...intent, last_payment_error: { code: 'card_declined' } });
    expect(await topUps()).toMatchObject([{ id: topUp.id, status: 'succeeded', failure_reason: null }]);
    expect(await balance()).toBe(35 * USD);
  });

  it('credit a top-up by asking Stripe if no event arrives', async () => {
    const { topUp, checkoutId } = await newTopUp();
    stripe.pay(checkoutId);
    await connection.$executeRaw`UPDATE top_ups SET next_check_at = now() WHERE id = ${topUp.id}`;
    await eventually(async () => (await topUps())[0]?.status === 'succeeded');
    expect(await balance()).toBe(35 * USD);
  });

  it('take back what was refunded, also if the refund is reported before the payment', async () => {
    const { checkoutId } = await newTopUp();
    const intent = stripe.pay(checkoutId);
    await deliver('charge.refunded', stripe.refunded(intent, 1_000));
    expect(await balance()).toBe(25 * USD);
    await deliver('payment_intent.succeeded', intent);
    await deliver('charge.refunded', stripe.refunded(intent, 2_500));
    await deliver('charge.refunded', stripe.refunded(intent, 1_000));
    expect(await balance()).toBe(10 * USD);
    expect(await topUps()).toMatchObject([{ status: 'succeeded', amount: 25, refunded: 25 }]);
  });

  it('refuse amounts below the minimum, and events without a valid signature', async () => {
    const request = { id: `top_${newKsuid()}`, amountMicros: 9.99 * USD };
    expect(await billing.requestTopUp(organizationId, request)).toMatchObject({
      ok: false,
      error: { code: 'INVALID_REQUEST', message: 'amount: $9.99 is less than the minimum of $10.00', param: 'amount' },
    });
    const { body, signature } = stripe.event('payment_intent.succeeded', { id: 'pi_forged' });
    const payload = Buffer.from(body.replace('pi_forged', 'pi_forgeD')).toString('base64');
    expect(await billing.paymentEvent({ payload, signature })).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    expect(await deliver('invoice.paid', { id: 'in_1' })).toEqual(received);
  });

  it('answer OVERLOADED and leave no open top-up if Stripe does not answer', async () => {
    stripe.break('POST /v1/checkout/sessions', 'hang-up', 'hang-up');
    const request = { id: `top_${newKsuid()}`, amountMicros: 25 * USD };
    expect(await billing.requestTopUp(organizationId, request)).toMatchObject({ error: { code: 'OVERLOADED' } });
    expect(await topUps()).toMatchObject([{ status: 'failed' }]);
  });

  it('charge the saved card once when fifty charges bring the balance below the threshold', async () => {
    await withCard('pm_visa');
    await automatic();
    await Promise.all(Array.from({ length: 50 }, () => spend(0.12 * USD)));
    const topUp = await automaticTopUp('succeeded');
    expect(intentsOf(topUp.id)).toMatchObject([{ amount: 2_000, status: 'succeeded' }]);
    await deliver('payment_intent.succeeded', intentsOf(topUp.id)[0] ?? {});
    expect(await balance()).toBe((10 - 6 + 20) * USD);
    expect((await topUps()).filter(({ type }) => type === 'auto_top_up')).toHaveLength(1);
  });

  it('credit an automatic top-up whose answer from Stripe was lost, and charge only once', async () => {
    await withCard('pm_visa');
    stripe.break('POST /v1/payment_intents', 'act-then-hang-up', 'hang-up');
    await automatic(15);
    const { id } = await automaticTopUp('pending');
    await eventually(() => intentsOf(id).length === 1);
    await connection.$executeRaw`UPDATE top_ups SET next_check_at = now() WHERE id = ${id}`;
    await automaticTopUp('succeeded');
    expect(intentsOf(id)).toHaveLength(1);
    expect(await balance()).toBe(30 * USD);
  });

  it('charge an automatic top-up that a crash left before its charge', async () => {
    await withCard('pm_visa');
    const row = { id: `top_${newKsuid()}`, organizationId, kind: 'auto_top_up', amountMicros: BigInt(20 * USD) };
    await connection.topUp.create({ data: { ...row, provider: 'stripe', nextCheckAt: new Date() } });
    const { id } = await automaticTopUp('succeeded');
    expect(intentsOf(id)).toHaveLength(1);
    expect(await balance()).toBe(30 * USD);
  });

  it.each([
    ['pm_declined', 'insufficient_funds'],
    ['pm_3ds', 'authentication_required'],
  ])('show why an automatic top-up with %s failed, and wait before the next', async (card, reason) => {
    await withCard(card);
    await automatic(15);
    expect(await automaticTopUp('failed')).toMatchObject({ failure_reason: reason });
    const state = valueOf(await billing.autoTopUp(organizationId));
    expect(state).toMatchObject({ enabled: true, has_saved_card: true, failures: 1, last_failure: reason });
    expect(Date.parse(state.next_attempt_at ?? '')).toBeGreaterThan(Date.now() + 14 * 60_000);
    expect(await balance()).toBe(10 * USD);
  });

  it('open a page on which a card is saved', async () => {
    expect(valueOf(await billing.setUpCard(organizationId, newRequestId()))).toEqual({
      object: 'card_setup',
      url: expect.stringMatching(/^https:/),
    });
  });

  it('wait for an operator if no provider is configured', async () => {
    const customers = paymentCustomerStore(connection);
    const parts = {
      port: valueOf(openPaymentPort({}, customers) as Result<never>),
      topUps: topUpStore(connection),
      autoTopUps: autoTopUpStore(connection),
      customers,
      minimumMicros: micros(10 * USD),
      log: createLogger('test', 'silent'),
    };
    const request = { id: `top_${newKsuid()}`, amountMicros: 25 * USD };
    const topUp = await requestTopUp(parts, organizationId, request);
    expect(topUp).toMatchObject({ ok: true, value: { state: 'pending', provider: 'manual', checkout: null } });
    expect(await balance()).toBe(10 * USD);
    expect(await topUpStore(connection).fulfil(request.id)).toMatchObject({ state: 'succeeded' });
    expect(await balance()).toBe(35 * USD);
  });

  it('are refused at the start in one line if a variable of Stripe is missing', async () => {
    const environment = { DATABASE_URL: books.url, QUEUE_URL: books.url, LOG_LEVEL: 'silent' };
    await expect(startService(billingService, { ...environment, STRIPE_SECRET_KEY: 'sk_test_1' })).rejects.toThrow(
      /^STRIPE_WEBHOOK_SECRET is not set[^\n]*$/,
    );
    await expect(startService(billingService, { ...environment, STRIPE_SECRET_KEY: 'pk_test_1' })).rejects.toThrow(
      /^STRIPE_SECRET_KEY: expected a secret key of Stripe/,
    );
  });
});
