import { PrismaPg } from '@prisma/adapter-pg';
// The generated client imports this package, but Nx does not read it, because git ignores it. This import makes Nx keep
// the package outside of every bundle.
import type { PrismaClientOptions as _Seen } from '@prisma/client/runtime/client';
import pg from 'pg';
import { PrismaClient, type Prisma } from './generated/client.js';

export type Client = PrismaClient;
export type Transaction = Prisma.TransactionClient;

/**
 * Prisma's client over the `pg` driver, with timeouts for connections, statements and abandoned transactions. It
 * connects on first use.
 */
export function openClient(url: string, { maxConnections = 10 }: { maxConnections?: number } = {}): Client {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: 15_000,
    idle_in_transaction_session_timeout: 20_000,
    application_name: 'lumenfall',
  });
  // If a connection breaks just after the pool has handed it out, neither the pool nor Prisma listens to it yet, and
  // the error would end the process. The next query on the connection reports it.
  pool.on('connect', (connection) => connection.on('error', () => undefined));
  const adapter = new PrismaPg(pool, {
    disposeExternalPool: true,
    // The pool replaces an idle connection that breaks; if the database is down, the next query reports it.
    onPoolError: () => undefined,
    onConnectionError: () => undefined,
  });
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 15_000 } });
}

/** Resolves if the database answers. */
export async function ping(client: Client): Promise<void> {
  await client.$queryRaw`SELECT 1`;
}

/**
 * Runs `work` in one transaction. A transaction that a store begins inside of it becomes a savepoint. It is rolled back
 * if `work` rejects.
 */
export function inTransaction<T>(client: Client, work: (tx: Client) => Promise<T>): Promise<T> {
  // Only the methods that connect and observe are missing in the client of a transaction.
  return client.$transaction((tx) => work(tx as Client));
}
