import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../scripts/start/operator-error.mjs';
import { freePorts } from '../scripts/start/ports.mjs';
import { PROVIDER_VARIABLES } from '../scripts/start/settings.mjs';

/** REDIS_URL, or a local redis-server without persistence. */
async function startRedis() {
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL, pid: null, close: async () => undefined };
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new OperatorError('The benchmark needs Redis: install redis-server, or set REDIS_URL.');
  }
  const [port] = await freePorts(1);
  const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction'].map(String);
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const close = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid, close };
}

/** Starts the system as `npm start` does, on Redis, in a temporary folder; `variables` can make providers real. */
export async function startSubject(root, variables = {}) {
  const redis = await startRedis();
  const home = mkdtempSync(path.join(tmpdir(), 'lumenfall-bench-'));
  const logFile = path.join(home, 'start.log');
  const log = openSync(logFile, 'w');
  const env = {
    ...process.env,
    LUMENFALL_HOME: home,
    PORT: '0',
    QUEUE_URL: `${redis.url}?prefix=bench-${process.pid}`,
    SKIP_BUILD: '1',
    LOG_LEVEL: 'warn',
  };
  // The benchmark must not cost money: the keys of the environment are not used.
  for (const name of [...Object.values(PROVIDER_VARIABLES).flat(), 'BOOTSTRAP_API_KEY']) env[name] = '';
  Object.assign(env, variables);
  const child = spawn(process.execPath, [path.join(root, 'scripts/start.mjs')], {
    cwd: root,
    env,
    stdio: ['ignore', log, log],
  });
  let ended = false;
  const end = new Promise((resolve) => child.once('exit', () => resolve((ended = true))));
  const close = async () => {
    child.kill('SIGTERM');
    await end;
    await redis.close();
    rmSync(home, { recursive: true, force: true });
  };
  const deadline = Date.now() + 90_000;
  while (!ended && Date.now() < deadline) {
    if (readFileSync(logFile, 'utf8').includes('Lumenfall is ready')) {
      const { url, databaseUrl, services, addresses } = JSON.parse(
        readFileSync(path.join(home, 'running.json'), 'utf8'),
      );
      const apiKey = readFileSync(path.join(home, 'api-key'), 'utf8').trim();
      return {
        url: url.replace('localhost', '127.0.0.1'),
        apiKey,
        databaseUrl,
        sandboxUrl: addresses.sandbox,
        processes: { ...services, redis: redis.pid },
        redisUrl: redis.url,
        queueUrl: env.QUEUE_URL,
        close,
      };
    }
    await sleep(100);
  }
  const output = readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n');
  await close();
  throw new OperatorError(`The system did not start:\n${output}`);
}

/** @returns {{ now: number, peak: number } | null} resident memory in MB; null if there is no /proc */
export function memoryOf(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const mb = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024;
    return { now: mb('VmRSS'), peak: mb('VmHWM') };
  } catch {
    return null;
  }
}

/** The memory that Redis reports for its data, in MB. */
export async function redisMemoryOf(url) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port || 6379), hostname);
  socket.write('INFO memory\r\n');
  let reply = '';
  for await (const piece of socket) {
    reply += piece;
    const used = /used_memory:(\d+)/.exec(reply);
    if (used !== null) return Number(used[1]) / 1024 / 1024;
  }
  return undefined;
}
