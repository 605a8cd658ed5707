import { PrismaPg } from '@prisma/adapter-pg';
// For Nx: the generated client, which git ignores and Nx therefore does not read, imports this package. Seen here, it stays
// outside of every bundle.
import type { PrismaClientOptions as _Seen } from '@prisma/client/runtime/client';
import { PrismaClient, type Prisma } from './generated/client.js';

export type Client = PrismaClient;
export type Transaction = Prisma.TransactionClient;

/**
 * Prisma's client over the `pg` driver. Every wait has an end: for a connection, for a statement, for a transaction that
 * its owner has forgotten.
 */
export function openClient(url: string, { maxConnections = 10 }: { maxConnections?: number } = {}): Client {
  const adapter = new PrismaPg(
    {
      connectionString: url,
      max: maxConnections,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 60_000,
      statement_timeout: 15_000,
      idle_in_transaction_session_timeout: 20_000,
      application_name: 'lumenfall',
    },
    // An idle connection that breaks is replaced by the pool; the next query reports a database that is really gone.
    { onPoolError: () => undefined, onConnectionError: () => undefined },
  );
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 15_000 } });
}

/** Resolves if the database answers. */
export async function ping(client: Client): Promise<void> {
  await client.$queryRaw`SELECT 1`;
}
