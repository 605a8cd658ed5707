import pg from 'pg';
import { z } from 'zod';

/** The database cannot be used as it is. The message is one line for whoever runs the service, without the password. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
  readonly forOperator = true;
}

/** A single connection for work that needs a session of its own; the caller ends it. Throws `DatabaseUnavailable`. */
export async function connectOnce(url: string, statementTimeoutMs: number): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    statement_timeout: statementTimeoutMs,
  });
  // A connection lost between two queries is reported by the next one; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw new DatabaseUnavailable(whyNot(url, error), { cause: error });
  }
}

function whyNot(url: string, error: unknown): string {
  const { host, pathname, username } = new URL(url);
  const name = decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username);
  // By its fields, not by its class: errors of the system and of the driver have only these in common.
  const { code, message } = z.object({ code: z.string(), message: z.string() }).partial().catch({}).parse(error);
  switch (code) {
    case '3D000':
      return `Database "${name}" does not exist on ${host}: create it (createdb ${name}) or correct DATABASE_URL.`;
    case '28P01':
    case '28000':
      return `PostgreSQL on ${host} refuses the user or password of DATABASE_URL.`;
    case '57P03':
      return `PostgreSQL on ${host} is still starting: try again in a moment.`;
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ETIMEDOUT':
      return `Nothing answers on ${host} (${code}): start PostgreSQL or correct DATABASE_URL.`;
    default:
      return `Cannot connect to PostgreSQL on ${host}: ${message?.split('\n')[0] ?? 'unknown reason'}.`;
  }
}
