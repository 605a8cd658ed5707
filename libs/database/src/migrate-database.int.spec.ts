import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import pg from 'pg';
import { freshDatabase, type FreshDatabase } from '@lumenfall/testing';
import { migrateDatabase, readMigrations } from './migrate-database.js';
import { sqlFromMigrationsTo } from './schema-engine.js';

const silent = { info: () => undefined };
const prisma = join(import.meta.dirname, '..', 'prisma');
const migrationNames = async (): Promise<string[]> =>
  (await readdir(join(prisma, 'migrations'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

describe('migrateDatabase', () => {
  let fresh: FreshDatabase;
  beforeEach(async () => {
    fresh = await freshDatabase();
  });
  afterEach(() => fresh.drop());

  /** Applies the migrations before this one: the database of an older version. */
  async function migrateUpTo(newest: string): Promise<void> {
    const old = await mkdtemp(join(tmpdir(), 'lumenfall-migrations-'));
    await cp(join(prisma, 'migrations'), old, {
      recursive: true,
      filter: (file) => basename(file) < newest || !/^\d{14}_/.test(basename(file)),
    });
    await migrateDatabase(fresh.url, silent, old);
    await rm(old, { recursive: true });
  }

  it('applies every migration to an empty database, and none the second time', async () => {
    expect(await migrateDatabase(fresh.url, silent)).toEqual(await migrationNames());
    expect(await migrateDatabase(fresh.url, silent)).toEqual([]);
  });

  it('applies each migration once if several processes start at the same time', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrateDatabase(fresh.url, silent)));
    expect(applied.flat()).toEqual(await migrationNames());
  });

  it('leads from the migrations exactly to the Prisma schema', async () => {
    const schema = await readFile(join(prisma, 'schema.prisma'), 'utf8');
    const sql = await sqlFromMigrationsTo(schema, await readMigrations(join(prisma, 'migrations')), fresh.url);
    expect(sql.replace(/--.*/g, '').trim()).toBe('');
  });

  it('carries the entries of the ledger along, with their references and resulting balances', async () => {
    await migrateUpTo('20261125171047_ledger_chain');
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    await client.query(
      `INSERT INTO organizations (id, slug, name) SELECT id, id, id FROM unnest('{org_1,org_2}'::text[]) AS id`,
    );
    await client.query('INSERT INTO accounts (organization_id) SELECT id FROM organizations');
    await client.query(
      `INSERT INTO ledger_entries (organization_id, kind, amount_micros, request_id) VALUES
         ('org_1', 'grant', 1000, NULL), ('org_2', 'grant', 50, 'pay_1'), ('org_1', 'charge', -30, 'req_1'),
         ('org_2', 'charge', -8, 'req_2'), ('org_1', 'charge', -70, 'req_3')`,
    );
    await migrateDatabase(fresh.url, silent);
    const { rows } = await client.query({
      text: `SELECT organization_id, kind, amount_micros::int, balance_after_micros::int, request_id, reference
             FROM ledger_entries ORDER BY organization_id, id`,
      rowMode: 'array',
    });
    await client.end();
    expect(rows).toEqual([
      ['org_1', 'top_up', 1000, 1000, null, 'entry-1'],
      ['org_1', 'usage', -30, 970, 'req_1', null],
      ['org_1', 'usage', -70, 900, 'req_3', null],
      ['org_2', 'top_up', 50, 50, null, 'pay_1'],
      ['org_2', 'usage', -8, 42, 'req_2', null],
    ]);
  });

  it('gives attempts the basis of their cost, and requests the sum of it', async () => {
    await migrateUpTo('20261125171711_cost_lines');
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    await client.query(`INSERT INTO organizations (id, slug, name) VALUES ('org_1', 'one', 'One')`);
    await client.query(
      `INSERT INTO requests (id, organization_id, status, created_at, charge) VALUES
         ('req_1', 'org_1', 'completed', now(), '{"reportedCostUsd": "0.1", "estimated": false}'),
         ('req_2', 'org_1', 'completed', now(), '{"reportedCostUsd": null, "estimated": true}'),
         ('req_3', 'org_1', 'completed', now(), '{"reportedCostUsd": null, "estimated": false}')`,
    );
    await client.query(
      `INSERT INTO attempts (request_id, position, provider, executed_model, status, duration_ms, cost_micros)
       SELECT id, position, 'fal', 'fal/a', 'succeeded', 1, position * 10
       FROM requests, generate_series(0, 2) AS position`,
    );
    await migrateDatabase(fresh.url, silent);
    const { rows } = await client.query({
      text: `SELECT id, provider_cost_micros::int, array_agg(cost_basis ORDER BY position)
             FROM requests JOIN attempts ON request_id = id GROUP BY 1, 2 ORDER BY 1`,
      rowMode: 'array',
    });
    await client.end();
    expect(rows).toEqual([
      ['req_1', 30, ['none', 'reported', 'reported']],
      ['req_2', 30, ['none', 'measured', 'measured']],
      ['req_3', 30, ['none', 'priced', 'priced']],
    ]);
  });

  it('renames the columns and fields of running videos and of the history without losing their data', async () => {
    await migrateUpTo('20261125144600_video_vocabulary');
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    const choice = (field: string) => ({ order: [{ executedModel: 'a/b', [field]: 'open' }], passedOver: [] });
    await client.query(`INSERT INTO organizations (id, slug, name) VALUES ('org_1', 'one', 'One')`);
    await client.query(
      `INSERT INTO requests (id, organization_id, status, created_at, choice) VALUES ('req_1', 'org_1', 'completed', now(), $1)`,
      [choice('standing')],
    );
    await client.query(
      `INSERT INTO videos (request_id, organization_id, key_id, state, facts, plan, stop, usage, attempts, next_action_at,
         deadline, media_retention, estimate_micros, created_at, body_hash)
       VALUES ('req_1', 'org_1', 'key_1', 'running', '{"model": "sora-2"}', '{}', $1, $2, '[]', now(), now(), 'none', 1, now(), '')`,
      [
        { credential: 'openai#1', choice: choice('standing') },
        { requestId: 'req_1', choice: null },
      ],
    );
    await migrateDatabase(fresh.url, silent);
    const { rows } = await client.query(
      'SELECT request_context, candidate, usage, choice FROM videos JOIN requests ON requests.id = request_id',
    );
    await client.end();
    expect(rows).toEqual([
      {
        request_context: { model: 'sora-2' },
        candidate: { credential: 'openai#1', choice: choice('circuitState') },
        usage: { requestId: 'req_1', choice: null },
        choice: choice('circuitState'),
      },
    ]);
  });

  it('moves the reference images of videos in progress to their request, and drops those of ended videos', async () => {
    await migrateUpTo('20261125145000_video_references');
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    await client.query(`INSERT INTO organizations (id, slug, name) VALUES ('org_1', 'one', 'One')`);
    const request = { prompt: 'a cat', seconds: 4, size: '1280x720' };
    const pictures = ['data:image/png;base64,aaaa', 'https://example.com/a.png'];
    const insert = (id: string, state: string, changes: { request?: object | null; pictures?: string[] | null }) =>
      client.query(
        `INSERT INTO videos (request_id, organization_id, key_id, state, request_context, plan, request, pictures, attempts,
           next_action_at, deadline, media_retention, estimate_micros, created_at, completed_at, body_hash)
         VALUES ($1, 'org_1', 'key_1', $2, '{}', '{}', $3, $4::jsonb, '[]', now(), now(), 'none', 1, now(),
           CASE WHEN $2 = 'completed' THEN now() END, '')`,
        [
          id,
          state,
          changes.request === undefined ? request : changes.request,
          JSON.stringify(changes.pictures ?? null),
        ],
      );
    await insert('req_running', 'running', { pictures });
    await insert('req_queued', 'queued', { pictures: null });
    await insert('req_ended', 'completed', { pictures: null });
    await insert('req_forgotten', 'completed', { request: null });
    await migrateDatabase(fresh.url, silent);
    const { rows } = await client.query('SELECT request_id, request, seconds, size FROM videos ORDER BY request_id');
    await client.end();
    const echo = { seconds: '4', size: '1280x720' };
    expect(rows).toEqual([
      { request_id: 'req_ended', request, ...echo },
      { request_id: 'req_forgotten', request: null, seconds: '', size: '' },
      { request_id: 'req_queued', request, ...echo },
      { request_id: 'req_running', request: { ...request, inputReferences: pictures }, ...echo },
    ]);
  });

  it('renames all but the oldest of several API keys with one name', async () => {
    await migrateUpTo('20261125172300_key_limits');
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    await client.query(`INSERT INTO organizations (id, slug, name) VALUES ('org_1', 'one', 'One')`);
    await client.query(
      `INSERT INTO api_keys (id, organization_id, name, last_four, secret_hash, created_at)
       SELECT id, 'org_1', 'e2e', '', repeat('0', 64), to_timestamp(moment) FROM (VALUES ('b', 2), ('a', 3), ('c', 1)) AS k (id, moment)`,
    );
    await migrateDatabase(fresh.url, silent);
    const { rows } = await client.query('SELECT id, name, limits FROM api_keys ORDER BY created_at');
    await client.end();
    expect(rows).toEqual([
      { id: 'c', name: 'e2e', limits: {} },
      { id: 'b', name: 'e2e (b)', limits: {} },
      { id: 'a', name: 'e2e (a)', limits: {} },
    ]);
  });

  it('says in one line that the database does not exist, without the password', async () => {
    const url = new URL(fresh.url);
    url.pathname = '/nowhere';
    const failure = migrateDatabase(url.href, silent);
    await expect(failure).rejects.toThrow(/^Database "nowhere" does not exist on [^\n]*$/);
    await failure.catch((error: Error) => expect(error.message).not.toContain(url.password));
  });

  it('says in one line that no server answers', async () => {
    await expect(migrateDatabase('postgres://u:p@127.0.0.1:1/x', silent)).rejects.toThrow(/^Nothing answers on 127/);
  });
});
