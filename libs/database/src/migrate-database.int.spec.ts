import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshDatabase, type FreshDatabase } from '@lumenfall/testing';
import { micros } from '@lumenfall/money';
import { bootstrapOrganization, hashSecret, migrateDatabase, openDatabase } from './index.js';
import { mintKey } from './key-secret.js';
import { readMigrations } from './migrations-folder.js';
import { sqlFromMigrationsTo } from './schema-engine.js';

const silent = { info: () => undefined };
const prisma = join(import.meta.dirname, '..', 'prisma');
const migrationNames = async (): Promise<string[]> =>
  (await readdir(join(prisma, 'migrations'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

describe('migrating a database', () => {
  let fresh: FreshDatabase;
  beforeEach(async () => {
    fresh = await freshDatabase();
  });
  afterEach(() => fresh.drop());

  it('applies every migration to an empty one, and none the second time', async () => {
    expect(await migrateDatabase(fresh.url, silent)).toEqual(await migrationNames());
    expect(await migrateDatabase(fresh.url, silent)).toEqual([]);
  });

  it('is done once when several start at the same time', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrateDatabase(fresh.url, silent)));
    expect(applied.flat()).toEqual(await migrationNames());
  });

  it('leads exactly to the Prisma schema', async () => {
    const schema = await readFile(join(prisma, 'schema.prisma'), 'utf8');
    const sql = await sqlFromMigrationsTo(schema, await readMigrations(join(prisma, 'migrations')), fresh.url);
    expect(sql.replace(/--.*/g, '').trim()).toBe('');
  });

  it('says in one line that there is no such database, without the password', async () => {
    const url = new URL(fresh.url);
    url.pathname = '/nowhere';
    const failure = migrateDatabase(url.href, silent);
    await expect(failure).rejects.toThrow(/^Database "nowhere" does not exist on [^\n]*$/);
    await failure.catch((error: Error) => expect(error.message).not.toContain(url.password));
  });

  it('says in one line that nothing answers', async () => {
    await expect(migrateDatabase('postgres://u:p@127.0.0.1:1/x', silent)).rejects.toThrow(/^Nothing answers on 127/);
  });
});

describe('bootstrapping an installation', () => {
  let fresh: FreshDatabase;
  beforeEach(async () => {
    fresh = await freshDatabase();
    await migrateDatabase(fresh.url, silent);
  });
  afterEach(() => fresh.drop());

  it('makes one organization, one grant and one key, however many do it at once', async () => {
    const database = openDatabase(fresh.url);
    const creditMicros = micros(10_000_000);
    const made = await Promise.all([1, 2, 3].map(() => bootstrapOrganization(database, { creditMicros })));
    expect(new Set(made.map(({ organizationId }) => organizationId)).size).toBe(1);
    const keys = made.flatMap(({ apiKey }) => (apiKey === null ? [] : [apiKey]));
    expect(keys).toHaveLength(1);

    const [, id, secret] = /^lmnfl_([0-9A-Za-z]{27})\.([0-9A-Za-z]{43})$/.exec(keys[0] ?? '') ?? [];
    const stored = await database.apiKeys.find(id ?? '');
    expect(stored).toMatchObject({
      status: 'active',
      secretHash: hashSecret(secret ?? ''),
      lastFour: secret?.slice(-4),
    });
    expect(JSON.stringify(stored)).not.toContain(secret);
    const organizationId = made[0]?.organizationId ?? '';
    expect(await database.ledger.figures(organizationId)).toMatchObject({ balanceMicros: 10_000_000 });
    await database.close();
  });

  it('adopts the key it is given, again and again, but not the same id with another secret', async () => {
    const database = openDatabase(fresh.url);
    const given = mintKey();
    const bootstrap = (apiKey: string) => bootstrapOrganization(database, { creditMicros: micros(1), apiKey });
    await bootstrap(given.key);
    expect(await bootstrap(given.key)).toMatchObject({ apiKey: null });
    expect(await database.apiKeys.find(given.id)).toMatchObject({ secretHash: given.secretHash });
    const forged = `lmnfl_${given.id}.${'x'.repeat(43)}`;
    await expect(bootstrap(forged)).rejects.toThrow('with another secret');
    await expect(bootstrap('not a key')).rejects.toThrow('must look like');
    await database.close();
  });
});
