import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../scripts/start/operator-error.mjs';
import { freePorts } from '../scripts/start/ports.mjs';
import { PROVIDER_VARIABLES } from '../scripts/start/settings.mjs';

/** REDIS_URL, or a redis-server of this machine that keeps nothing. */
async function startRedis() {
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL, pid: null, stop: async () => undefined };
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new OperatorError('The benchmark needs Redis: install redis-server, or set REDIS_URL.');
  }
  const [port] = await freePorts(1);
  const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction'].map(String);
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const stop = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid, stop };
}

/** The system as `npm start` runs it, on Redis, in a folder of its own; `variables` make providers real. */
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
  // Nothing here may cost money, whatever the machine's own environment says.
  for (const name of [...Object.values(PROVIDER_VARIABLES).flat(), 'BOOTSTRAP_API_KEY']) env[name] = '';
  Object.assign(env, variables);
  const child = spawn(process.execPath, [path.join(root, 'scripts/start.mjs')], {
    cwd: root,
    env,
    stdio: ['ignore', log, log],
  });
  let ended = false;
  const end = new Promise((resolve) => child.once('exit', () => resolve((ended = true))));
  const stop = async () => {
    child.kill('SIGTERM');
    await end;
    await redis.stop();
    rmSync(home, { recursive: true, force: true });
  };
  const deadline = Date.now() + 90_000;
  while (!ended && Date.now() < deadline) {
    if (readFileSync(logFile, 'utf8').includes('Lumenfall is ready')) {
      const { url, services, addresses } = JSON.parse(readFileSync(path.join(home, 'running.json'), 'utf8'));
      const apiKey = readFileSync(path.join(home, 'api-key'), 'utf8').trim();
      return {
        url: url.replace('localhost', '127.0.0.1'),
        apiKey,
        sandboxUrl: addresses.sandbox,
        processes: { ...services, redis: redis.pid },
        redisUrl: redis.url,
        stop,
      };
    }
    await sleep(100);
  }
  const said = readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n');
  await stop();
  throw new OperatorError(`The system did not start:\n${said}`);
}

/** @returns {{ now: number, peak: number } | null} resident memory in MB; null where /proc does not tell */
export function memoryOf(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const mb = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024;
    return { now: mb('VmRSS'), peak: mb('VmHWM') };
  } catch {
    return null;
  }
}

/** What Redis says that it uses for its data, in MB. */
export async function redisMemoryOf(url) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port || 6379), hostname);
  socket.write('INFO memory\r\n');
  let said = '';
  for await (const piece of socket) {
    said += piece;
    const used = /used_memory:(\d+)/.exec(said);
    if (used !== null) return Number(used[1]) / 1024 / 1024;
  }
  return undefined;
}
