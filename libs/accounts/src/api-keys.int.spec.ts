import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { unwrap } from '@lumenfall/service-kit';
import { ManualClock, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { apiKeyStore, organizationStore, hashSecret, mintKey, readKey, type NewApiKey } from './index.js';

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
  const create = async (organizationId: string, name: string, key?: NewApiKey) =>
    unwrap(await stores.apiKeys.create(organizationId, name, key));

  it('are stored without their secret', async () => {
    const organizationId = await db.organization(1);
    const { key, id } = await create(organizationId, 'mine');
    const secret = key.slice(key.indexOf('.') + 1);
    const [row] = await db.sql('SELECT api_keys::text AS text FROM api_keys WHERE id = $1', [id]);
    expect(row?.['text']).not.toContain(secret);
    expect(row?.['text']).toContain(hashSecret(secret));
    expect(await stores.apiKeys.find(id)).toMatchObject({ secretHash: readKey(key)?.secretHash, name: 'mine' });
    expect(await stores.apiKeys.find('nothing')).toBeNull();
  });

  it('are found with the current rules of their organization', async () => {
    const organizationId = await db.organization(1);
    const { id } = await create(organizationId, 'mine');
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
    const { id } = await create(await db.organization(1), 'mine');
    expect(await stores.apiKeys.revoke(id)).toBe(true);
    expect(await stores.apiKeys.revoke(id)).toBe(false);
    expect(await stores.apiKeys.find(id)).toMatchObject({ status: 'revoked' });
  });

  it('are listed newest first, page by page in both directions, by status', async () => {
    const organizationId = await db.organization(1);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await create(organizationId, `key ${n}`)).id);
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

  it('have a name that is unique in their organization, and an expiry in the future', async () => {
    const organizationId = await db.organization(1);
    await create(organizationId, 'production');
    await create(await db.organization(1), 'production');
    const problemOf = async (name: string, key: NewApiKey = {}, owner = organizationId) => {
      const result = await stores.apiKeys.create(owner, name, key);
      return result.ok ? null : [result.error.code, result.error.param, result.error.message];
    };
    expect(await problemOf(' production ')).toEqual([
      'INVALID_REQUEST',
      'name',
      "name: the organization already has a key named 'production'. Choose another name, or revoke and delete that key",
    ]);
    expect(await problemOf(' ')).toEqual(['INVALID_REQUEST', 'name', 'name: expected 1 to 100 characters']);
    const past = { expiresAt: new Date(Date.now() - 1) };
    expect(await problemOf('late', past)).toEqual([
      'INVALID_REQUEST',
      'expires_at',
      'expires_at: expected a time in the future',
    ]);
    expect(await problemOf('x', {}, 'org_none')).toEqual(['NOT_FOUND', null, 'There is no organization org_none']);
    expect(await problemOf('x', { limits: { requestPerMinute: 1 } as object })).toEqual([
      'INVALID_REQUEST',
      'limits',
      expect.stringContaining('requestPerMinute'),
    ]);
  });

  it('of one name are created once by many concurrent calls', async () => {
    const organizationId = await db.organization(1);
    const created = await Promise.all(Array.from({ length: 8 }, () => stores.apiKeys.create(organizationId, 'one')));
    expect(created.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('are adopted under another name if theirs is taken', async () => {
    const organizationId = await db.organization(1);
    const [first, second] = [mintKey(), mintKey()];
    for (const key of [first, second, second]) {
      expect(await stores.apiKeys.adopt(organizationId, 'Bootstrap key', key)).toBe(true);
    }
    expect((await stores.apiKeys.find(second.id))?.name).toBe(`Bootstrap key (${second.id})`);
  });

  it('can be deleted once they are revoked', async () => {
    const organizationId = await db.organization(1);
    const { id } = await create(organizationId, 'mine');
    expect(await stores.apiKeys.remove(id)).toBe('active');
    await stores.apiKeys.revoke(id);
    expect([await stores.apiKeys.remove(id), await stores.apiKeys.remove(id)]).toEqual(['removed', 'unknown']);
    await create(organizationId, 'mine');
  });

  it('keep the limits that a change does not name, as organizations do', async () => {
    const organizationId = await db.organization(1);
    const { id } = await create(organizationId, 'mine', { limits: { requestsPerMinute: 10, requestsAtOnce: 2 } });
    const changed = { requestsAtOnce: 2, tokensPerMinute: 500 };
    expect(await stores.apiKeys.changeLimits(id, { requestsPerMinute: null, tokensPerMinute: 500 })).toEqual(changed);
    expect(await stores.apiKeys.changeLimits('nothing', {})).toBeNull();
    const limits = { spendPerDayMicros: 5_000_000 };
    expect(await stores.organizations.changeLimits(organizationId, limits)).toEqual(limits);
    expect(await stores.apiKeys.find(id)).toMatchObject({ limits: changed, organizationLimits: limits });
    expect((await stores.organizations.find(organizationId))?.limits).toEqual(limits);
  });

  it.each([
    ['{"requestPerMinute": 1}'],
    ['{"requestsPerMinute": 0}'],
    ['{"requestsPerMinute": 1.5}'],
    ['{"requestsPerMinute": "1"}'],
    ['{"requestsPerMinute": null}'],
    ['[]'],
  ])('cannot have the limits %s, which the database refuses', async (limits) => {
    const organizationId = await db.organization(1);
    const { id } = await create(organizationId, 'mine');
    const inKeys = db.sql('UPDATE api_keys SET limits = $1 WHERE id = $2', [limits, id]);
    await expect(inKeys).rejects.toThrow('api_keys_limits_known');
    const inOrganizations = db.sql('UPDATE organizations SET limits = $1 WHERE id = $2', [limits, organizationId]);
    await expect(inOrganizations).rejects.toThrow('organizations_limits_known');
  });

  it('have the time of their last use', async () => {
    const clock = new ManualClock();
    const apiKeys = apiKeyStore(db.client, clock);
    const { id } = await create(await db.organization(1), 'mine');
    expect((await apiKeys.find(id))?.lastUsedAt).toBeNull();
    await apiKeys.touch([id, 'nothing']);
    expect((await apiKeys.find(id))?.lastUsedAt).toEqual(new Date(clock.now()));
  });
});
