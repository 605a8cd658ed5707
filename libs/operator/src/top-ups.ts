import { apiError, fail, succeed, type AutoTopUpView, type Result, type TopUpView } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { autoTopUpStore, autoTopUpView, paymentCustomerStore, topUpStore, topUpView } from '@lumenfall/ledger';
import { z } from 'zod';
import { noteField, organizationField, pageFields, positiveUsdField, referenceField, usdField } from './fields.js';
import type { Page } from './fields.js';
import { change, lookUp } from './operation.js';

const wholeCents = (amount: number): boolean => amount % 10_000 === 0;

/** The top-ups of an organization, the newest first. */
export const listTopUps = lookUp({
  input: z.strictObject({ organization: organizationField, ...pageFields }),
  async run(client, { limit, starting_after: startingAfter, ending_before: endingBefore }, { id }) {
    const { rows, hasOlder, hasNewer } = await topUpStore(client).page(id, { limit, startingAfter, endingBefore });
    return succeed<Page<TopUpView>>({ data: rows.map(topUpView), has_older: hasOlder, has_newer: hasNewer });
  },
});

/** Adds the credit of a top-up whose payment an operator has received. Repeated, it adds nothing. */
export const completeTopUp = change({
  input: z.strictObject({ organization: organizationField, top_up: z.string().max(64) }),
  async run(client, { top_up: id }, organization) {
    const found = await manualTopUp(client, organization.id, id);
    if (!found.ok) return found;
    const done = await topUpStore(client).fulfil(id);
    return done === null ? found : succeed(topUpView(done));
  },
});

/** Ends a top-up without credit; one that has succeeded stays as it is. */
export const refuseTopUp = change({
  input: z.strictObject({ organization: organizationField, top_up: z.string().max(64), reason: noteField }),
  async run(client, { top_up: id, reason }, organization) {
    const found = await manualTopUp(client, organization.id, id);
    if (!found.ok) return found;
    const done = await topUpStore(client).refuse(id, reason);
    return done === null ? found : succeed(topUpView(done));
  },
});

export const showAutoTopUp = lookUp({
  input: z.strictObject({ organization: organizationField }),
  run: async (client, _input, { id }) => succeed(await settingsOf(client, id)),
});

/** What is not given stays as it is; the first time, threshold and amount are required. */
export const setAutoTopUp = change({
  input: z.strictObject({
    organization: organizationField,
    enabled: z.boolean().optional(),
    threshold: usdField.refine((amount) => amount >= 0, 'must be 0 or more').optional(),
    amount: positiveUsdField.refine(wholeCents, 'must be whole cents').optional(),
    max_per_day: z.coerce.number().int().min(1).max(100).optional(),
    reference: referenceField.optional(),
  }),
  async run(client, { enabled = true, threshold, amount, max_per_day: maxPerDay }, { id }) {
    const store = autoTopUpStore(client);
    const known = await store.find(id);
    const thresholdMicros = threshold ?? known?.thresholdMicros;
    const amountMicros = amount ?? known?.amountMicros;
    if (thresholdMicros === undefined || amountMicros === undefined) {
      const param = thresholdMicros === undefined ? 'threshold' : 'amount';
      return fail(apiError('INVALID_REQUEST', `${param}: required the first time`, { param }));
    }
    await store.set(id, { enabled, thresholdMicros, amountMicros, maxPerDay: maxPerDay ?? known?.maxPerDay ?? 3 });
    return succeed(await settingsOf(client, id));
  },
});

async function manualTopUp(client: Client, organizationId: string, id: string): Promise<Result<TopUpView>> {
  const topUp = await topUpStore(client).find(id);
  if (topUp === null || topUp.organizationId !== organizationId)
    return fail(apiError('NOT_FOUND', `The organization has no top-up '${id}'`, { param: 'top_up' }));
  if (topUp.provider !== 'manual') {
    const message = 'top_up: it is paid at Stripe, which decides. To add credit by hand, use credits add';
    return fail(apiError('INVALID_REQUEST', message, { param: 'top_up' }));
  }
  return succeed(topUpView(topUp));
}

async function settingsOf(client: Client, organizationId: string): Promise<AutoTopUpView> {
  const customer = await paymentCustomerStore(client).find(organizationId);
  const hasCard = typeof customer?.paymentMethodId === 'string';
  return autoTopUpView(await autoTopUpStore(client).find(organizationId), hasCard);
}
