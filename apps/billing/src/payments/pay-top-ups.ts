import { apiError, fail, succeed, type Result, type TopUpRequest } from '@lumenfall/contracts';
import type { AutoTopUpStore, MoveOutcome, PaymentCustomerStore, TopUp, TopUpStore } from '@lumenfall/ledger';
import { formatUsd, micros, type Micros } from '@lumenfall/money';
import type { ChargeOutcome, PaymentEvent, PaymentPort } from '@lumenfall/payments';
import { metrics, type Logger } from '@lumenfall/service-kit';
import { Counter } from 'prom-client';

const topUpsTotal = new Counter({
  name: 'lumenfall_billing_top_ups_total',
  help: 'Top-ups that were credited, failed or refunded, by kind',
  labelNames: ['kind', 'outcome'],
  registers: [metrics],
});

export interface PaymentParts {
  port: PaymentPort;
  topUps: TopUpStore;
  autoTopUps: AutoTopUpStore;
  customers: PaymentCustomerStore;
  minimumMicros: Micros;
  log: Logger;
}

/** Organizations whose automatic top-ups are charged at the same time. */
const AT_ONCE = 20;
const PER_ROUND = 100;

/**
 * Stores a request of a customer and opens the page for its payment. Errors: `INVALID_REQUEST` for an amount below the
 * minimum, `NOT_FOUND`, `RATE_LIMITED`, and `OVERLOADED` if the provider does not open a page.
 */
export async function requestTopUp(
  { port, topUps, minimumMicros, log }: PaymentParts,
  organizationId: string,
  request: TopUpRequest,
): Promise<Result<TopUp>> {
  const amountMicros = micros(request.amountMicros);
  if (amountMicros < minimumMicros) {
    const message = `amount: ${formatUsd(amountMicros)} is less than the minimum of ${formatUsd(minimumMicros)}`;
    return fail(apiError('INVALID_REQUEST', message, { param: 'amount' }));
  }
  const created = await topUps.create({ id: request.id, organizationId, amountMicros, provider: port.name });
  if (created === 'unknown-organization')
    return fail(apiError('NOT_FOUND', `The organization '${organizationId}' does not exist`));
  if (created === 'too-many')
    return fail(apiError('RATE_LIMITED', 'Too many top-ups are waiting for their payment. Pay one of them first'));
  // A repeat gets what the first call has made.
  if (created.state !== 'requested') return succeed(created);
  const { id } = created;
  const opened = await port.checkout({ reference: id, organizationId, amountMicros: created.amountMicros });
  if (opened.outcome === 'unavailable') {
    log.error({ topUp: id, reason: opened.reason }, 'the payment provider opened no page for a top-up');
    await topUps.fail(id, { reason: opened.reason, paymentId: null });
    const message = 'The payment provider does not answer at the moment. Retry in a minute';
    return fail(apiError('OVERLOADED', message, { retryAfterMs: 60_000 }));
  }
  const page = opened.outcome === 'opened' ? { checkout: { id: opened.checkoutId, url: opened.url } } : {};
  await topUps.pend(id, page);
  return succeed((await topUps.find(id)) ?? created);
}

/** Charges every organization whose automatic top-up is due. One that fails does not stop the others. */
export async function chargeDue(parts: PaymentParts): Promise<void> {
  await inGroups(await parts.autoTopUps.findDue(PER_ROUND), async (organizationId) => {
    const topUp = await parts.autoTopUps.trigger(organizationId, parts.port.name);
    if (topUp === null) return;
    parts.log.info({ organizationId, topUp: topUp.id }, 'an automatic top-up has started');
    // A crash from here on leaves a row that the sweep finds.
    await parts.topUps.pend(topUp.id, {});
    await applyOutcome(parts, topUp, await parts.port.charge(paymentOf(topUp)));
  });
}

/** Asks the provider for payments that have not ended: their answer, their event or this process may have been lost. */
export async function reconcile(parts: PaymentParts): Promise<void> {
  if (parts.port.name === 'manual') return;
  await inGroups(await parts.topUps.claimUnfinished(parts.port.name, PER_ROUND), async (topUp) => {
    const found = await parts.port.find({
      ...paymentOf(topUp),
      paymentId: topUp.paymentId,
      checkoutId: topUp.checkout?.id ?? null,
      automatic: topUp.kind === 'auto_top_up',
      startedAt: topUp.createdAt,
    });
    const outcome: ChargeOutcome =
      found.outcome === 'absent' ? { outcome: 'declined', paymentId: null, reason: 'not_charged' } : found;
    await applyOutcome(parts, topUp, outcome);
  });
}

/** Applies what the provider reported on its own. Repeated and late events change nothing twice. */
export async function applyEvent(parts: PaymentParts, event: PaymentEvent): Promise<void> {
  const { topUps, customers, log } = parts;
  switch (event.type) {
    case 'succeeded':
      return report(parts, event.reference, 'succeeded', await topUps.succeed(event.reference, event));
    case 'refunded':
      return report(parts, event.reference ?? event.paymentId, 'refunded', await topUps.refund(event));
    case 'failed': {
      const { reference: id, paymentId, reason, closed } = event;
      const topUp = await topUps.find(id);
      // On a page, the customer may try another card.
      if (!closed && topUp?.kind === 'top_up') return void (await topUps.pend(id, { paymentId }));
      return report(parts, id, 'failed', await topUps.fail(id, { reason, paymentId }));
    }
    case 'method-saved': {
      const { customerId, paymentMethodId } = event;
      if (!(await customers.saveCard(customerId, paymentMethodId)))
        log.warn({ customerId }, 'a card was saved for an unknown customer');
      return;
    }
    case 'ignored':
      log.debug({ event: event.name }, 'an event of the payment provider was ignored');
  }
}

async function applyOutcome(parts: PaymentParts, topUp: TopUp, outcome: ChargeOutcome): Promise<void> {
  const { topUps, log } = parts;
  switch (outcome.outcome) {
    case 'succeeded':
      return report(parts, topUp.id, 'succeeded', await topUps.succeed(topUp.id, outcome));
    case 'pending':
      return void (await topUps.pend(topUp.id, outcome));
    case 'declined':
    case 'requires-action':
      return report(parts, topUp.id, 'failed', await topUps.fail(topUp.id, outcome), outcome.reason);
    case 'unavailable':
      log.warn(
        { topUp: topUp.id, reason: outcome.reason },
        'the payment of a top-up is unknown; it is asked for again',
      );
  }
}

async function report(
  { topUps, log }: PaymentParts,
  id: string,
  what: 'succeeded' | 'failed' | 'refunded',
  moved: MoveOutcome,
  reason?: string,
): Promise<void> {
  if (moved === 'repeated') return;
  if (moved === 'unknown' || moved === 'conflict') {
    const alarm = `payment-${moved}`;
    return log.error({ alarm, topUp: id, what }, 'a payment does not fit the top-ups and the ledger: check it by hand');
  }
  const topUp = await topUps.find(id);
  topUpsTotal.inc({ kind: topUp?.kind ?? 'top_up', outcome: what });
  const about = { organizationId: topUp?.organizationId, topUp: id, reason };
  if (what === 'failed') log.warn(about, 'a top-up has failed');
  else log.info(about, `a top-up was ${what === 'succeeded' ? 'credited' : 'refunded'}`);
}

const paymentOf = ({ id: reference, organizationId, amountMicros }: TopUp) => ({
  reference,
  organizationId,
  amountMicros,
});

/** Rejects with the first failure, after all have run. */
async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const results = await Promise.allSettled(items.slice(start, start + AT_ONCE).map(work));
    for (const result of results) if (result.status === 'rejected') failures.push(result.reason);
  }
  if (failures.length > 0) throw failures[0];
}
