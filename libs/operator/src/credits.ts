import type { StoredOrganization } from '@lumenfall/accounts';
import {
  apiError,
  fail,
  ledgerQuerySchema,
  newKsuid,
  succeed,
  type LedgerEntryView,
  type Result,
} from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { entryList, entryView, ledgerStore } from '@lumenfall/ledger';
import type { Micros } from '@lumenfall/money';
import { z } from 'zod';
import { noteField, organizationField, positiveUsdField, referenceField, usdField, type Page } from './fields.js';
import { change, lookUp } from './operation.js';

const cause = {
  organization: organizationField,
  note: noteField.optional(),
  reference: referenceField.optional(),
};

/** Credit that was paid for or given: an entry `top_up`. */
export const addCredits = change({
  input: z.strictObject({ ...cause, amount: positiveUsdField }),
  run: (client, input, organization) => post(client, organization, 'top_up', input),
});

/** A correction in either direction: an entry `adjustment`. */
export const adjustCredits = change({
  input: z.strictObject({ ...cause, amount: usdField.refine((amount) => amount !== 0, 'must not be 0') }),
  run: (client, input, organization) => post(client, organization, 'adjustment', input),
});

/** The entries of an organization, the newest first. */
export const listCredits = lookUp({
  input: z.strictObject({ organization: organizationField, ...ledgerQuerySchema.shape }),
  async run(client, { organization: _, ...query }, { id }) {
    const page = await entryList(client).page(id, query);
    if (!page.ok) return page;
    const { data, hasOlder, hasNewer } = page.value;
    return succeed<Page<LedgerEntryView>>({ data, has_older: hasOlder, has_newer: hasNewer });
  },
});

async function post(
  client: Client,
  { id: organizationId }: StoredOrganization,
  kind: 'top_up' | 'adjustment',
  { amount: amountMicros, note, reference }: { amount: Micros; note?: string; reference?: string },
): Promise<Result<LedgerEntryView>> {
  const credited = await ledgerStore(client).credit({
    ...{ organizationId, kind, amountMicros, note: note ?? null },
    reference: reference ?? `operator-${newKsuid()}`,
  });
  switch (credited.outcome) {
    case 'added':
    case 'repeated':
      return succeed(entryView(credited.entry));
    case 'reference-taken': {
      const message = `The reference '${reference ?? ''}' belongs to the ledger entry ${credited.entry.id}, which differs`;
      return fail(apiError('IDEMPOTENCY_CONFLICT', message, { param: 'reference' }));
    }
    case 'unknown-organization':
      throw new Error(`organization ${organizationId} has no account`);
  }
}
