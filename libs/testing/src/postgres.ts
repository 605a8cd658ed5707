import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface FreshDatabase {
  url: string;
  /** Drops it, also while something is still connected. */
  drop(): Promise<void>;
}

/** Creates an empty database on the test server. One per suite; drop it in `afterAll`. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = process.env['LUMENFALL_TEST_DATABASE'];
  if (!server) throw new Error('LUMENFALL_TEST_DATABASE is not set: is the test file named *.int.spec.ts?');
  return createDatabase(server);
}

/** Creates an empty database with a name of its own on the server that `serverUrl` belongs to. */
export async function createDatabase(serverUrl: string): Promise<FreshDatabase> {
  const name = `lumenfall_test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
