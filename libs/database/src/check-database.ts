import { connectOnce, DatabaseUnavailable } from './connect-once.js';

/** PostgreSQL's codes for a table and a column that are not there. */
const NOT_MIGRATED = new Set(['42P01', '42703']);

/** @throws DatabaseUnavailable with one line for the operator, where the database cannot be reached or is not up to date */
export async function checkDatabase(url: string): Promise<void> {
  const session = await connectOnce(url, 10_000);
  try {
    await session.query('SELECT choice FROM requests LIMIT 0');
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (!NOT_MIGRATED.has(code)) throw error;
    const name = new URL(url).pathname.slice(1);
    throw new DatabaseUnavailable(`Database "${name}" is not one of this version: start Lumenfall on it once.`, {
      cause: error,
    });
  } finally {
    await session.end().catch(() => undefined);
  }
}
