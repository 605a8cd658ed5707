/**
 * The process that holds the embedded PostgreSQL: initialises the data folder once, starts the server, makes the
 * databases, says that it is ready, and stops the server when it is told to or when the start script is gone.
 *
 * Environment: POSTGRES_DATA, POSTGRES_PORT, POSTGRES_PASSWORD, POSTGRES_DATABASES (comma separated).
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { explain, OperatorError } from './operator-error.mjs';
import { findPrograms, planUser } from './postgres-programs.mjs';
import { isAlive } from './state-folder.mjs';

const { POSTGRES_DATA: dataDir, POSTGRES_PORT: port, POSTGRES_PASSWORD: password } = process.env;
const databases = process.env.POSTGRES_DATABASES.split(',');
const USER = 'lumenfall';

function run([file, args, options]) {
  return spawn(file, args, {
    ...options,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Into a folder of another name first: what a killed first start leaves is never taken for a database. */
async function initialise(initdb, user) {
  const unfinished = `${dataDir}.new`;
  const secrets = mkdtempSync(path.join(tmpdir(), 'lumenfall-'));
  const passwordFile = path.join(secrets, 'password');
  try {
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user.owner !== null) {
      for (const made of [unfinished, secrets, passwordFile]) chownSync(made, user.owner.uid, user.owner.gid);
    }
    const args = [
      `--pgdata=${unfinished}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ];
    const child = run(user.command(initdb, args));
    let said = '';
    child.stdout.resume();
    child.stderr.on('data', (text) => (said += text));
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (code !== 0) throw new OperatorError(`The database folder cannot be made: ${said.trim().split('\n').at(-1)}`);
    renameSync(unfinished, dataDir);
  } finally {
    rmSync(secrets, { recursive: true, force: true });
  }
}

/** A killed start may have left its server running, or only the server's lock file. */
async function clearLeftOver() {
  const lock = path.join(dataDir, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  for (let tries = 0; isAlive(pid, dataDir); tries += 1) {
    if (tries === 0) console.log(`stopping the PostgreSQL server ${pid} that an earlier start left behind`);
    process.kill(pid, tries < 50 ? 'SIGINT' : 'SIGKILL');
    await sleep(100);
  }
  rmSync(lock, { force: true });
}

async function connect(database) {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number(port),
    user: USER,
    password,
    database,
    connectionTimeoutMillis: 2000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function makeDatabases(isGone) {
  for (let tries = 0; ; tries += 1) {
    try {
      const client = await connect('postgres');
      const { rows } = await client.query('SELECT datname FROM pg_database');
      const known = new Set(rows.map((row) => row.datname));
      for (const name of databases)
        if (!known.has(name)) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      await client.end();
      return;
    } catch (error) {
      if (isGone()) throw new OperatorError('the PostgreSQL server ended while it started');
      if (error.code === '28P01') {
        throw new OperatorError(
          `The password in ${path.dirname(dataDir)} does not fit its database: restore postgres-password, or remove the folder to start anew.`,
        );
      }
      if (tries > 400) throw error;
      await sleep(50);
    }
  }
}

async function main() {
  const { postgres, initdb } = await findPrograms();
  const user = planUser(dataDir, postgres, path.dirname(dataDir));
  if (user.owner !== null) chmodSync(path.dirname(dataDir), 0o711);
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) {
    console.log('making the database folder');
    await initialise(initdb, user);
  }
  await clearLeftOver();
  const server = run(
    user.command(postgres, [
      ...['-D', dataDir, '-p', port],
      ...['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'].flatMap((setting) => [
        '-c',
        setting,
      ]),
      // Debian's shared memory in containers may be as small as 64 MB.
      ...['dynamic_shared_memory_type=mmap', 'shared_buffers=64MB', 'log_min_messages=fatal'].flatMap((setting) => [
        '-c',
        setting,
      ]),
    ]),
  );
  let gone = false;
  let stopping = false;
  let fatal = '';
  server.stderr.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\n')) {
      if (/FATAL|PANIC/.test(line)) fatal = line.replace(/^.*?(?=FATAL|PANIC)/, '');
      if (/FATAL|PANIC|WARNING/.test(line) && !stopping) console.error(line);
    }
  });
  server.stdout.resume();
  server.on('error', (error) => (fatal = error.message));
  server.on('close', () => {
    gone = true;
    if (!stopping) {
      console.error(fatal || 'the PostgreSQL server ended');
      process.exit(1);
    }
    process.exit(0);
  });
  const stop = (signal) => {
    if (gone) process.exit(0);
    stopping = true;
    server.kill(signal);
  };
  process.on('SIGTERM', () => stop('SIGINT'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => {
    // The start script is gone and the services are ending: let them finish, but not for long.
    stop('SIGTERM');
    setTimeout(() => stop('SIGINT'), 6000).unref();
  });
  try {
    await makeDatabases(() => gone);
  } catch (error) {
    stopping = true;
    server.kill('SIGINT');
    throw error;
  }
  process.send?.({ type: 'ready', url: `postgres://127.0.0.1:${port}` });
}

main().catch((error) => {
  console.error(explain(error));
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});
