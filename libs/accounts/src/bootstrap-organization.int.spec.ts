import { migrateDatabase, openClient } from '@lumenfall/database';
import { micros } from '@lumenfall/money';
import { freshDatabase, type FreshDatabase } from '@lumenfall/testing';
import { apiKeyStore, bootstrapOrganization, hashSecret, mintKey } from './index.js';

describe('bootstrapOrganization', () => {
  let fresh: FreshDatabase;
  beforeEach(async () => {
    fresh = await freshDatabase();
    await migrateDatabase(fresh.url, { info: () => undefined });
  });
  afterEach(() => fresh.drop());

  it('creates one organization, one grant and one key if several processes run it at once', async () => {
    const client = openClient(fresh.url);
    const creditMicros = micros(10_000_000);
    const made = await Promise.all([1, 2, 3].map(() => bootstrapOrganization(client, { creditMicros })));
    expect(new Set(made.map(({ organizationId }) => organizationId)).size).toBe(1);
    const keys = made.flatMap(({ apiKey }) => (apiKey === null ? [] : [apiKey]));
    expect(keys).toHaveLength(1);

    const [, id, secret] = /^lmnfl_([0-9A-Za-z]{27})\.([0-9A-Za-z]{43})$/.exec(keys[0] ?? '') ?? [];
    const stored = await apiKeyStore(client).find(id ?? '');
    expect(stored).toMatchObject({
      status: 'active',
      secretHash: hashSecret(secret ?? ''),
      lastFour: secret?.slice(-4),
    });
    expect(JSON.stringify(stored)).not.toContain(secret);
    const organizationId = made[0]?.organizationId ?? '';
    const account = await client.account.findUnique({ where: { organizationId } });
    expect(account?.balanceMicros).toBe(10_000_000n);
    await client.$disconnect();
  });

  it('accepts the same given key repeatedly, and refuses its id with another secret', async () => {
    const client = openClient(fresh.url);
    const given = mintKey();
    const bootstrap = (apiKey: string) => bootstrapOrganization(client, { creditMicros: micros(1), apiKey });
    await bootstrap(given.key);
    expect(await bootstrap(given.key)).toMatchObject({ apiKey: null });
    expect(await apiKeyStore(client).find(given.id)).toMatchObject({ secretHash: given.secretHash });
    const forged = `lmnfl_${given.id}.${'x'.repeat(43)}`;
    await expect(bootstrap(forged)).rejects.toThrow('with another secret');
    await expect(bootstrap('not a key')).rejects.toThrow('must look like');
    await client.$disconnect();
  });
});
