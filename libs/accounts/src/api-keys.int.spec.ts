import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { apiKeyStore, organizationStore, hashSecret, readKey } from './index.js';

const storesOf = (client: Client) => ({
  apiKeys: apiKeyStore(client),
  organizations: organizationStore(client),
});

describe('API keys', () => {
  let db: MigratedDatabase<Client>;
  let stores: ReturnType<typeof storesOf>;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    stores = storesOf(db.client);
  });
  afterAll(() => db.close());

  it('are stored without their secret', async () => {
    const organizationId = await db.organization(1);
    const { key, id } = await stores.apiKeys.create(organizationId, 'mine');
    const secret = key.slice(key.indexOf('.') + 1);
    const [row] = await db.sql('SELECT api_keys::text AS text FROM api_keys WHERE id = $1', [id]);
    expect(row?.['text']).not.toContain(secret);
    expect(row?.['text']).toContain(hashSecret(secret));
    expect(await stores.apiKeys.find(id)).toMatchObject({ secretHash: readKey(key)?.secretHash, name: 'mine' });
    expect(await stores.apiKeys.find('nothing')).toBeNull();
  });

  it('are found with the current rules of their organization', async () => {
    const organizationId = await db.organization(1);
    const { id } = await stores.apiKeys.create(organizationId, 'mine');
    expect((await stores.apiKeys.find(id))?.rules).toEqual({ allow: [], deny: [] });
    const { slug } = (await stores.organizations.find(organizationId)) ?? { slug: '' };
    await stores.organizations.change(slug, { allow: ['fal/*', 'openai/*'], deny: ['openai/sora-2'] });
    await stores.organizations.change(slug, { allow: ['fal/*'] });
    const rules = { allow: ['fal/*'], deny: ['openai/sora-2'] };
    expect((await stores.apiKeys.find(id))?.rules).toEqual(rules);
    expect(await stores.organizations.findBySlug(slug)).toMatchObject({ id: organizationId, rules });
    expect(await stores.organizations.change('nobody', { deny: [] })).toBeNull();
  });

  it('can be revoked once', async () => {
    const { id } = await stores.apiKeys.create(await db.organization(1), 'mine');
    expect(await stores.apiKeys.revoke(id)).toBe(true);
    expect(await stores.apiKeys.revoke(id)).toBe(false);
    expect(await stores.apiKeys.find(id)).toMatchObject({ status: 'revoked' });
  });

  it('are listed newest first, page by page in both directions, by status', async () => {
    const organizationId = await db.organization(1);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await stores.apiKeys.create(organizationId, `key ${n}`)).id);
    await stores.apiKeys.revoke(ids[4] ?? '');
    const list = async (query: object) => {
      const page = await stores.apiKeys.list(organizationId, { limit: 2, ...query });
      return { ...page, keys: page.keys.map(({ name }) => name) };
    };
    expect(await list({})).toEqual({ keys: ['key 4', 'key 3'], hasOlder: true, hasNewer: false });
    expect(await list({ startingAfter: ids[3] })).toEqual({ keys: ['key 2', 'key 1'], hasOlder: true, hasNewer: true });
    expect(await list({ startingAfter: ids[1] })).toEqual({ keys: ['key 0'], hasOlder: false, hasNewer: true });
    expect(await list({ endingBefore: ids[1] })).toEqual({ keys: ['key 3', 'key 2'], hasOlder: true, hasNewer: true });
    expect(await list({ status: 'revoked' })).toEqual({ keys: ['key 4'], hasOlder: false, hasNewer: false });
    expect(await list({ startingAfter: 'unknown' })).toEqual({ keys: [], hasOlder: false, hasNewer: false });
  });
});
