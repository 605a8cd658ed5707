import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshDatabase, type FreshDatabase } from '@lumenfall/testing';
import { migrateDatabase } from './index.js';
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
