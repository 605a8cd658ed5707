import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readInstallation } from './installed.mjs';
import { eachLine } from './log-lines.mjs';
import { OperatorError } from './operator-error.mjs';

const TICK_MS = 3000;

/** Runs a step; what it says is kept for the case that it fails, and given to `onLine`. */
function runStep(command, args, { cwd, env, onLine = () => undefined, signal }) {
  return new Promise((resolve, reject) => {
    const said = [];
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      signal,
      killSignal: 'SIGTERM',
    });
    for (const stream of [child.stdout, child.stderr]) {
      eachLine(stream, (line) => {
        said.push(line);
        onLine(line);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** `npm ci`, only where node_modules is not what the lock file asks for. */
export async function install({ root, env, say, signal }) {
  const { complete, wanted } = readInstallation(root);
  if (complete) return;
  const since = Date.now();
  say(`installing ${wanted.length} packages (npm ci)`);
  const ticker = setInterval(() => {
    const done = wanted.filter((place) => existsSync(path.join(root, place, 'package.json'))).length;
    say(`installing: ${done} of ${wanted.length} packages are there, ${seconds(since)}`);
  }, TICK_MS);
  const { code, said } = await runStep('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
    signal,
  }).finally(() => clearInterval(ticker));
  if (code !== 0) {
    for (const line of said.slice(-15)) say(line);
    throw new OperatorError(
      'npm ci failed (its last lines are above): check the network and the registry that npm uses, then start again.',
    );
  }
  say(`installed in ${seconds(since)}`);
}

/** Builds what has changed since the last time; Nx keeps the rest in its cache. No daemon stays behind. */
export async function build({ root, env, say, signal }) {
  const since = Date.now();
  let total = null;
  let done = 0;
  let cached = 0;
  const args = [
    path.join(root, 'node_modules/nx/dist/bin/nx.js'),
    'run-many',
    '-t',
    'build',
    '--outputStyle=static',
    '--parallel=3',
  ];
  const onLine = (line) => {
    total ??= /\btarget build for (\d+) projects/.exec(line)?.[1] ?? null;
    const step = /(?:✔|√|✓|nx run)\s+(?:nx run\s+)?([\w-]+):build\b(.*)/.exec(line);
    if (step === null) return;
    done += 1;
    if (/cache/.test(step[2])) cached += 1;
    else say(`built ${step[1]} (${done}${total === null ? '' : ` of ${total}`})`);
  };
  const { code, said } = await runStep(process.execPath, args, {
    cwd: root,
    env: {
      ...env,
      NX_DAEMON: 'false',
      NX_ISOLATE_PLUGINS: 'false',
      NX_TUI: 'false',
      NX_NO_CLOUD: 'true',
      FORCE_COLOR: '0',
      CI: 'true',
    },
    onLine,
    signal,
  });
  if (code !== 0) {
    for (const line of said) say(line);
    throw new OperatorError('The build failed: its lines above say where.');
  }
  say(
    `build is up to date (${cached === done ? 'nothing had changed' : `${done - cached} built, ${cached} from the cache`}, ${seconds(since)})`,
  );
}
