import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface FreshDatabase {
  url: string;
  /** Drops it, also while something is still connected. */
  drop(): Promise<void>;
}

/** Creates an empty database on the test server. One per suite; drop it in `afterAll`. */
export async function freshDatabase(): Promise<FreshDatabase> {
  return createDatabase(testServer().url);
}

/**
 * Creates a database as `fill` makes it of an empty one. It works once in a run of the tests for each `name` (letters
 * and underscores); every suite gets a copy.
 */
export async function filledDatabase(name: string, fill: (url: string) => Promise<unknown>): Promise<FreshDatabase> {
  const { url, run } = testServer();
  const template = `${templatesOf(run)}${name}`;
  await onServer(url, async (client) => {
    // Held by this session, so gone with it.
    await client.query('SELECT pg_advisory_lock($1)', [FILLING_LOCK]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (rowCount !== 0) return;
    const draft = await createDatabase(url);
    await fill(draft.url);
    // Only now, so that no test copies an incomplete template.
    await client.query(`ALTER DATABASE ${new URL(draft.url).pathname.slice(1)} RENAME TO ${template}`);
  });
  return createDatabase(url, template);
}

/** Drops what the databases of a run were copied from. */
export async function dropTemplates(server: string, run: string): Promise<void> {
  await onServer(server, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [templatesOf(run)],
    );
    for (const { datname } of rows) await client.query(`DROP DATABASE ${datname} WITH (FORCE)`);
  });
}

/** Any number: suites that begin at once take turns. */
const FILLING_LOCK = 5_086_002;

const templatesOf = (run: string): string => `lumenfall_test_${run}_`;

function testServer(): { url: string; run: string } {
  const { LUMENFALL_TEST_DATABASE: url, LUMENFALL_TEST_RUN: run } = process.env;
  if (!url || !run) throw new Error('LUMENFALL_TEST_DATABASE is not set: is the test file named *.int.spec.ts?');
  return { url, run };
}

async function createDatabase(server: string, template = 'template1'): Promise<FreshDatabase> {
  const name = `lumenfall_test_${randomBytes(6).toString('hex')}`;
  await onServer(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  const drop = (): Promise<void> =>
    onServer(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return { url: url.href, drop };
}

async function onServer(server: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 30_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
