import pg from 'pg';
import { z } from 'zod';

/** The database cannot be used. The message is one line for the operator, without the password. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
  readonly forOperator = true;
}

/** A single connection for work that needs a session of its own; the caller ends it. @throws DatabaseUnavailable */
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
    throw new DatabaseUnavailable(reasonFor(url, error), { cause: error });
  }
}

function reasonFor(url: string, error: unknown): string {
  const { host, pathname, username } = new URL(url);
  const name = decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username);
  // System errors and driver errors share no class, only these fields.
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

/** PostgreSQL's codes for a missing table and a missing column. */
const NOT_MIGRATED = new Set(['42P01', '42703']);

/**
 * @throws DatabaseUnavailable with one line for the operator, if the database cannot be reached or is not up to date
 */
export async function checkDatabase(url: string): Promise<void> {
  const session = await connectOnce(url, 10_000);
  try {
    await session.query('SELECT outcome FROM operator_actions LIMIT 0');
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (!NOT_MIGRATED.has(code)) throw error;
    const name = new URL(url).pathname.slice(1);
    throw new DatabaseUnavailable(
      `Database "${name}" has not been migrated to this version: run \`lumenfall migrate\`, or start Lumenfall on it.`,
      {
        cause: error,
      },
    );
  } finally {
    await session.end().catch(() => undefined);
  }
}
