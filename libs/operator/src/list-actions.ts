import { succeed } from '@lumenfall/contracts';
import { z } from 'zod';
import { actionStore, type OperatorAction } from './actions.js';
import { organizationField, pageFields, type Page } from './fields.js';
import { lookUp } from './operation.js';

export interface ActionView extends Pick<
  OperatorAction,
  'source' | 'action' | 'reference' | 'parameters' | 'outcome' | 'result'
> {
  id: string;
  object: 'operator_action';
  organization_id: string | null;
  created_at: string;
}

export const listActions = lookUp({
  input: z.strictObject({ organization: organizationField.optional(), ...pageFields }),
  async run(client, { limit, starting_after: startingAfter, ending_before: endingBefore }, organization) {
    const page = await actionStore(client).page({
      limit,
      startingAfter,
      endingBefore,
      organizationId: organization?.id,
    });
    const data = page.rows.map(({ createdAt, organizationId, ...action }) => ({
      ...action,
      object: 'operator_action' as const,
      organization_id: organizationId,
      created_at: createdAt.toISOString(),
    }));
    return succeed<Page<ActionView>>({ data, has_older: page.hasOlder, has_newer: page.hasNewer });
  },
});
