import { apiKeyStore, type StoredApiKey } from '@lumenfall/accounts';
import { apiError, fail, parseMoment, succeed, type Result } from '@lumenfall/contracts';
import { z } from 'zod';
import { nameField, organizationField, pageFields, referenceField, type Page } from './fields.js';
import { limitChangesOf, limitsField, limitsView, type LimitsView } from './limits-field.js';
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
  revoked_at: string | null;
  /** The key is refused from then on. */
  expires_at: string | null;
  /** To the minute. */
  last_used_at: string | null;
  /** Null if the stored limits cannot be read; the key is then refused. */
  limits: LimitsView | null;
}

/** A new key. `key` is shown only once: it is not stored, and null if the creation is repeated. */
export type CreatedKey = KeyView & { key: string | null };

/** The id of a key. Its prefix and a whole key are accepted too; only the id is used. */
const keyField = z
  .string()
  .max(300)
  .transform((given) => given.replace(/^lmnfl_/, '').replace(/\..*$/, ''));

/** A time in the future, in any form of ISO 8601; a day is included. */
const expiryField = z.string().transform((text, context) => {
  const moment = parseMoment(text, 'end');
  if (moment !== null) return moment.toISOString();
  context.addIssue({ code: 'custom', message: 'expected a time such as 2027-01-31 or 2027-01-31T12:00:00Z' });
  return z.NEVER;
});

export const createKey = change({
  input: z.strictObject({
    organization: organizationField,
    name: nameField,
    expires_at: expiryField.optional(),
    limits: limitsField.optional(),
    reference: referenceField.optional(),
  }),
  async run(client, { name, expires_at, limits = {} }, organization) {
    const apiKeys = apiKeyStore(client);
    const expiresAt = expires_at === undefined ? undefined : new Date(expires_at);
    const created = await apiKeys.create(organization.id, name, { expiresAt });
    if (!created.ok) return created;
    const { key, id } = created.value;
    await apiKeys.changeLimits(id, limitChangesOf(limits));
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
    if (stored === null) return unknownKey(id);
    return succeed<KeyView & { already_revoked: boolean }>({ ...keyView(stored), already_revoked: !isRevoked });
  },
  organizationOf: ({ organization_id }) => organization_id,
});

export const setKey = change({
  input: z.strictObject({ key: keyField, limits: limitsField }),
  async run(client, { key: id, limits }) {
    const apiKeys = apiKeyStore(client);
    await apiKeys.changeLimits(id, limitChangesOf(limits));
    const stored = await apiKeys.find(id);
    return stored === null ? unknownKey(id) : succeed(keyView(stored));
  },
  organizationOf: ({ organization_id }) => organization_id,
});

/** Deletes a revoked key, so that its name can be used again. The requests of its history keep its id. */
export const deleteKey = change({
  input: z.strictObject({ key: keyField }),
  async run(client, { key: id }) {
    const apiKeys = apiKeyStore(client);
    const stored = await apiKeys.find(id);
    if (stored === null) return unknownKey(id);
    if ((await apiKeys.remove(id)) === 'active') {
      return fail(apiError('INVALID_REQUEST', 'key: it is active; revoke it first', { param: 'key' }));
    }
    return succeed<KeyView & { deleted: true }>({ ...keyView(stored), deleted: true });
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

const keyView = (key: StoredApiKey): KeyView => ({
  id: key.id,
  object: 'key',
  organization_id: key.organizationId,
  name: key.name,
  last_four: key.lastFour,
  status: key.status,
  created_at: key.createdAt.toISOString(),
  revoked_at: key.revokedAt?.toISOString() ?? null,
  expires_at: key.expiresAt?.toISOString() ?? null,
  last_used_at: key.lastUsedAt?.toISOString() ?? null,
  limits: limitsView(key.limits),
});

function unknownKey(id: string): Result<never> {
  const message = `There is no API key with the id '${id.slice(0, 64)}'. Its id is the part between lmnfl_ and the dot`;
  return fail(apiError('NOT_FOUND', message, { param: 'key' }));
}
