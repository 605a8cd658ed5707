/**
 * `npm run test:compose`: builds the image, starts the system with docker compose under its own project name, runs the
 * end-to-end tests against it, restarts some services, and removes everything with its volumes.
 * `--short` omits scaling and restarts.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { build, install } from './start/prepare.mjs';
import { explain, OperatorError } from './start/operator-error.mjs';
import { freePorts } from './start/ports.mjs';
import { PROVIDER_VARIABLES } from './start/settings.mjs';

const root = path.resolve(import.meta.dirname, '..');
const short = process.argv.includes('--short');
const [port] = await freePorts(1);
const url = `http://localhost:${port}`;
const key = `lmnfl_compose${randomBytes(6).toString('hex')}.${randomBytes(24).toString('hex')}`;
const env = {
  ...process.env,
  COMPOSE_PROJECT_NAME: `lumenfall-test-${process.pid}`,
  PORT: String(port),
  BOOTSTRAP_API_KEY: key,
  POSTGRES_PASSWORD: randomBytes(12).toString('hex'),
  // The developer's keys are not used: these tests must not cost money.
  ...Object.fromEntries(
    Object.values(PROVIDER_VARIABLES)
      .flat()
      .map((name) => [name, '']),
  ),
};

function run(command, args, options = {}) {
  console.log(`$ ${command} ${args.join(' ')}`);
  const child = spawn(command, args, { cwd: root, env, stdio: 'inherit', ...options });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function must(command, args, options) {
  if ((await run(command, args, options)) !== 0) throw new OperatorError(`${command} ${args.join(' ')} failed`);
}

const compose = (...args) => must('docker', ['compose', ...args]);

async function untilReady(what) {
  const deadline = Date.now() + 180_000;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ model: 'google/gemini-3-flash-preview', messages: [{ role: 'user', content: 'Hi' }] });
  while (Date.now() < deadline) {
    const tooLong = new AbortController();
    // The timer of AbortSignal.timeout does not keep the process alive.
    const timer = setTimeout(() => tooLong.abort(), 20_000);
    try {
      const request = { method: 'POST', headers, body, signal: tooLong.signal };
      const answer = await fetch(`${url}/openai/v1/chat/completions`, request);
      await answer.arrayBuffer();
      if (answer.ok) return;
    } catch {
      // Not reachable yet.
    } finally {
      clearTimeout(timer);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new OperatorError(`The system did not answer a chat within 180 s ${what}.`);
}

function countOf(service) {
  const { stdout } = spawnSync('docker', ['compose', 'ps', '-q', '--status', 'running', service], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  return stdout.split('\n').filter(Boolean).length;
}

async function main() {
  if (spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status !== 0) {
    throw new OperatorError('There is no docker compose here: install Docker Engine with Compose v2.');
  }
  await install({ root, env: process.env, say: console.log });
  await build({ root, env: process.env, say: console.log });
  await compose('build');
  await compose('up', '-d');
  await untilReady('after the start');
  if (!short) {
    await compose('up', '-d', '--no-recreate', '--scale', 'chat-worker=3', '--scale', 'image-worker=2');
    const scaled = [countOf('chat-worker'), countOf('image-worker')];
    if (scaled.join() !== '3,2')
      throw new OperatorError(`Scaling made ${scaled.join(' and ')} workers instead of 3 and 2.`);
  }
  const jest = ['node_modules/jest/bin/jest.js', '--selectProjects', 'e2e', '--runInBand'];
  if (short) jest.push('--testPathPatterns', 'e2e/(chat|images|videos|dry-run)');
  // It starts its own processes, outside the containers.
  else jest.push('--testPathIgnorePatterns', 'failover\\.e2e');
  const options = ['--experimental-vm-modules', '--no-warnings', ...jest];
  await must(process.execPath, options, { env: { ...env, LUMENFALL_BASE_URL: url, LUMENFALL_API_KEY: key } });
  if (!short) {
    await compose('restart', 'gateway', 'chat-worker', 'redis');
    await untilReady('after a restart of gateway, workers and Redis');
  }
  console.log('docker compose: everything passed');
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
  await run('docker', ['compose', 'ps', '-a']);
  await run('docker', ['compose', 'logs', '--tail=20', '--no-color']);
} finally {
  await run('docker', ['compose', 'down', '-v', '--timeout', '10'], { stdio: 'ignore' });
}
