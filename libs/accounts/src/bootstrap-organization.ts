import { DatabaseUnavailable, type Client } from '@lumenfall/database';
import type { Micros } from '@lumenfall/money';
import { apiKeyStore } from './api-keys.js';
import { readKey } from './key-secret.js';
import { organizationStore } from './organizations.js';

/**
 * Makes a new installation usable: the organization `default` with credit, and its first API key. Creates only what is
 * missing, so it can run at every start, and in two processes at once.
 *
 * @param apiKey a whole key (`lmnfl_<id>.<secret>`) to accept instead of minting one
 * @returns `apiKey` if this call minted one; it is not stored
 */
export async function bootstrapOrganization(
  client: Client,
  { creditMicros, creditNote, apiKey }: { creditMicros: Micros; creditNote?: string; apiKey?: string | undefined },
): Promise<{ organizationId: string; apiKey: string | null }> {
  const given = apiKey === undefined ? undefined : readKey(apiKey);
  if (given === null) {
    throw new DatabaseUnavailable(
      'BOOTSTRAP_API_KEY must look like lmnfl_<id>.<secret>, the secret 20 or more letters and digits.',
    );
  }
  const apiKeys = apiKeyStore(client);
  const { id: organizationId } = await organizationStore(client).ensure({
    slug: 'default',
    name: 'Default',
    grantMicros: creditMicros,
    ...(creditNote !== undefined && { grantNote: creditNote }),
  });
  if (!given) {
    const minted = await apiKeys.createFirst(organizationId, 'First key');
    return { organizationId, apiKey: minted?.key ?? null };
  }
  if (!(await apiKeys.adopt(organizationId, 'Bootstrap key', given))) {
    throw new DatabaseUnavailable(
      'BOOTSTRAP_API_KEY: a key with this id exists already with another secret. Use another id.',
    );
  }
  return { organizationId, apiKey: null };
}
