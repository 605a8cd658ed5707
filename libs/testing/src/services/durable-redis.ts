import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

const SETTINGS = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--maxmemory-policy', 'noeviction'];

export interface DurableRedis {
  url: string;
  /** Kills it and starts it again on its data. @returns its URL, which may be another */
  restart(): Promise<string>;
  close(): Promise<void>;
}

/** A Redis that keeps its data on disk: a local `redis-server`, else a container. */
export async function durableRedis(): Promise<DurableRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'lumenfall-test-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server = await startServer(port, dir);
  if (server === null) {
    await rm(dir, { recursive: true, force: true });
    return containedRedis();
  }
  const kill = async (): Promise<void> => {
    const running = server;
    if (running === null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  };
  return {
    url,
    async restart() {
      await kill();
      server = await startServer(port, dir);
      if (server === null) throw new Error('redis-server did not start again');
      return url;
    },
    async close() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Null if there is no `redis-server` on the PATH. */
async function startServer(port: number, dir: string): Promise<ChildProcess | null> {
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir];
  // It has no pipe of Jest: a test that fails before it closes the server must not keep Jest from ending.
  const server = spawn('redis-server', [...place, ...SETTINGS], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ready = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.once('exit', () => resolve(false));
    server.stdout.on('data', (text: Buffer) => text.includes('Ready to accept connections') && resolve(true));
  });
  return ready ? server : null;
}

async function containedRedis(): Promise<DurableRedis> {
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer('redis:8')
    .withCommand(['redis-server', ...SETTINGS])
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
    .start();
  const urlOf = (): string => `redis://${container.getHost()}:${container.getMappedPort(6379)}`;
  return {
    url: urlOf(),
    async restart() {
      await container.restart();
      return urlOf();
    },
    close: async () => void (await container.stop()),
  };
}
