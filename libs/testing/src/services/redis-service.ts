import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { freePort } from './free-port';

// Jest's global set-up loads this file outside its module system: no workspace imports, and no `.js` on relative ones.

export interface FoundRedis {
  url: string;
  /** How it was found, for the log. */
  origin: 'REDIS_URL' | 'docker' | 'redis-server';
  close(): Promise<void>;
}

const SETTINGS = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];

/**
 * Finds a Redis for tests: `REDIS_URL`, else a container, else a local `redis-server` on a free port. A string is the
 * reason why there is none.
 */
export async function findRedis(env: Record<string, string | undefined>): Promise<FoundRedis | string> {
  if (env['REDIS_URL']) return { url: env['REDIS_URL'], origin: 'REDIS_URL', close: async () => undefined };
  const reasons = ['REDIS_URL is not set'];
  for (const start of [startContainer, startLocalServer]) {
    const found = await start();
    if (typeof found !== 'string') return found;
    reasons.push(found);
  }
  return `no Redis: ${reasons.join(', ')}`;
}

async function startContainer(): Promise<FoundRedis | string> {
  if (!(await dockerAnswers())) return 'Docker does not answer';
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  try {
    const { GenericContainer, Wait } = await import('testcontainers');
    const container = await new GenericContainer('redis:8')
      .withCommand(['redis-server', ...SETTINGS])
      .withExposedPorts(6379)
      .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
      .withStartupTimeout(60_000)
      .start();
    const url = `redis://${container.getHost()}:${container.getMappedPort(6379)}`;
    return { url, origin: 'docker', close: async () => void (await container.stop()) };
  } catch (error) {
    return `a redis:8 container did not start (${error instanceof Error ? error.message : String(error)})`;
  }
}

function dockerAnswers(): Promise<boolean> {
  const host = process.env['DOCKER_HOST'];
  // A remote engine was named on purpose: let Testcontainers say what is wrong with it.
  if (host && !host.startsWith('unix://')) return Promise.resolve(true);
  return new Promise((resolve) => {
    const socketPath = host?.slice('unix://'.length) ?? '/var/run/docker.sock';
    const ping = request({ socketPath, path: '/_ping', timeout: 1000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

async function startLocalServer(): Promise<FoundRedis | string> {
  const port = await freePort();
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', ...SETTINGS], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const ready = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.once('exit', () => resolve(false));
    server.stdout.on('data', (text: Buffer) => text.includes('Ready to accept connections') && resolve(true));
  });
  if (!ready) return 'there is no redis-server on the PATH';
  const close = async (): Promise<void> => {
    server.kill('SIGKILL');
    await exited;
  };
  return { url: `redis://127.0.0.1:${port}`, origin: 'redis-server', close };
}
