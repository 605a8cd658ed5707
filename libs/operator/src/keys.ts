import { apiKeyStore, type StoredApiKey } from '@lumenfall/accounts';
import { apiError, fail, succeed } from '@lumenfall/contracts';
import { z } from 'zod';
import { nameField, organizationField, pageFields, referenceField, type Page } from './fields.js';
import { change, lookUp } from './operation.js';

/** An API key without its secret. */
export interface KeyView {
  id: string;
  object: 'key';
  organization_id: string;
  name: string;
  last_four: string;
  status: 'active' | 'revoked';
  created_at: string;
}

/** A new key. `key` is shown only once: it is not stored, and null if the creation is repeated. */
export type CreatedKey = KeyView & { key: string | null };

/** The id of a key. Its prefix and a whole key are accepted too; only the id is used. */
const keyField = z
  .string()
  .max(300)
  .transform((given) => given.replace(/^lmnfl_/, '').replace(/\..*$/, ''));

export const createKey = change({
  input: z.strictObject({
    organization: organizationField,
    name: nameField,
    reference: referenceField.optional(),
  }),
  async run(client, { name }, organization) {
    const apiKeys = apiKeyStore(client);
    const created = await apiKeys.create(organization.id, name);
    if (!created.ok) return created;
    const { key, id } = created.value;
    const stored = await apiKeys.find(id);
    if (stored === null) throw new Error(`key ${id} vanished in its own transaction`);
    return succeed<CreatedKey>({ ...keyView(stored), key });
  },
  withoutSecrets: (created) => ({ ...created, key: null }),
});

export const revokeKey = change({
  input: z.strictObject({ key: keyField }),
  async run(client, { key: id }) {
    const apiKeys = apiKeyStore(client);
    const isRevoked = await apiKeys.revoke(id);
    const stored = await apiKeys.find(id);
    if (stored === null) {
      const message = `There is no API key with the id '${id.slice(0, 64)}'. Its id is the part between lmnfl_ and the dot`;
      return fail(apiError('NOT_FOUND', message, { param: 'key' }));
    }
    return succeed<KeyView & { already_revoked: boolean }>({ ...keyView(stored), already_revoked: !isRevoked });
  },
  organizationOf: ({ organization_id }) => organization_id,
});

export const listKeys = lookUp({
  input: z.strictObject({
    organization: organizationField,
    ...pageFields,
    status: z.enum(['active', 'revoked']).optional(),
  }),
  async run(client, { limit, starting_after: startingAfter, ending_before: endingBefore, status }, { id }) {
    const { keys, hasOlder, hasNewer } = await apiKeyStore(client).list(id, {
      ...{ limit, startingAfter, endingBefore, status },
    });
    return succeed<Page<KeyView>>({ data: keys.map(keyView), has_older: hasOlder, has_newer: hasNewer });
  },
});

const keyView = ({ id, organizationId, name, lastFour, status, createdAt }: StoredApiKey): KeyView => ({
  id,
  object: 'key',
  organization_id: organizationId,
  name,
  last_four: lastFour,
  status,
  created_at: createdAt.toISOString(),
});
