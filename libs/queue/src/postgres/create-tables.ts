import type pg from 'pg';

/** Key of the advisory lock that serialises the creation of tables. */
const CREATE_LOCK = 7_426_193_558;

/**
 * Creates tables in the schema that the client searches first. Concurrent `create ... if not exists` can fail for one
 * of two processes, hence the lock. If this rejects, the connection must be closed: a transaction is open on it.
 */
export async function createTables(client: pg.ClientBase, statements: string): Promise<void> {
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock($1)', [CREATE_LOCK]);
  await client.query(statements);
  await client.query('commit');
}
