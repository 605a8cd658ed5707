import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { eachLine } from './log-lines.mjs';
import { OperatorError } from './operator-error.mjs';

const TICK_MS = 3000;

/** Runs a program. @returns its exit code and its output; each line is also passed to `onLine` */
function runStep(command, args, { cwd, env, onLine = () => undefined, signal }) {
  return new Promise((resolve, reject) => {
    const output = [];
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
        output.push(line);
        onLine(line);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/**
 * Whether node_modules has the versions of the lock file. npm writes `.package-lock.json` at the end of an install, so
 * an interrupted install does not count.
 * @param {Record<string, { version?: string, optional?: boolean }>} wanted the lock file's packages
 * @param {Record<string, { version?: string }>} present those of node_modules/.package-lock.json
 */
export function isInstalled(wanted, present) {
  return Object.entries(wanted).every(([place, { version, optional, link }]) => {
    if (place === '' || link) return true;
    const found = present[place];
    return found === undefined ? optional === true : found.version === version;
  });
}

/** @returns {{ complete: boolean, wanted: string[] }} `wanted`: the folders of the packages that an install creates */
function readInstallation(root) {
  const packagesOf = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : null);
  const wanted = packagesOf(path.join(root, 'package-lock.json')) ?? {};
  const present = packagesOf(path.join(root, 'node_modules/.package-lock.json'));
  const places = Object.keys(wanted).filter((place) => place !== '' && !wanted[place].optional);
  return { complete: present !== null && isInstalled(wanted, present), wanted: places };
}

/** Runs `npm ci` if node_modules differs from the lock file. */
export async function install({ root, env, say, signal }) {
  const { complete, wanted } = readInstallation(root);
  if (complete) return;
  const since = Date.now();
  say(`installing ${wanted.length} packages (npm ci)`);
  const ticker = setInterval(() => {
    const done = wanted.filter((place) => existsSync(path.join(root, place, 'package.json'))).length;
    say(`installing: ${done} of ${wanted.length} packages, ${seconds(since)}`);
  }, TICK_MS);
  const { code, output } = await runStep('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
    signal,
  }).finally(() => clearInterval(ticker));
  if (code !== 0) {
    for (const line of output.slice(-15)) say(line);
    throw new OperatorError(
      'npm ci failed (its last lines are above): check the network and the registry that npm uses, then start again.',
    );
  }
  say(`installed in ${seconds(since)}`);
}

/** Builds what has changed since the last build; the rest comes from Nx's cache. Starts no daemon. */
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
  const { code, output } = await runStep(process.execPath, args, {
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
    for (const line of output) say(line);
    throw new OperatorError('The build failed; its output is above.');
  }
  say(
    `build is up to date (${cached === done ? 'nothing had changed' : `${done - cached} built, ${cached} from the cache`}, ${seconds(since)})`,
  );
}
