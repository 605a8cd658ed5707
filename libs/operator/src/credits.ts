import type { StoredOrganization } from '@lumenfall/accounts';
import { apiError, fail, newKsuid, succeed, type Result } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { ledgerStore, type EntryKind, type LedgerEntry } from '@lumenfall/ledger';
import { microsToUsd, type Micros } from '@lumenfall/money';
import { z } from 'zod';
import { noteField, organizationField, positiveUsdField, referenceField, usdField } from './fields.js';
import { change } from './operation.js';

/** A ledger entry; amounts in USD. */
export interface EntryView {
  id: string;
  object: 'ledger_entry';
  organization_id: string;
  kind: EntryKind;
  amount: number;
  balance_after: number;
  currency: 'usd';
  request_id: string | null;
  reference: string | null;
  note: string | null;
  created_at: string;
}

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

async function post(
  client: Client,
  { id: organizationId }: StoredOrganization,
  kind: 'top_up' | 'adjustment',
  { amount: amountMicros, note, reference }: { amount: Micros; note?: string; reference?: string },
): Promise<Result<EntryView>> {
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

export const entryView = (entry: LedgerEntry): EntryView => ({
  id: entry.id,
  object: 'ledger_entry',
  organization_id: entry.organizationId,
  kind: entry.kind,
  amount: microsToUsd(entry.amountMicros),
  balance_after: microsToUsd(entry.balanceAfterMicros),
  currency: 'usd',
  request_id: entry.requestId,
  reference: entry.reference,
  note: entry.note,
  created_at: entry.createdAt.toISOString(),
});
