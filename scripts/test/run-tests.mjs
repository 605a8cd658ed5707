import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { explain } from '../start/operator-error.mjs';
import { build, install } from '../start/prepare.mjs';
import { closingLine, skippedBecause, sum } from './results.mjs';

/**
 * The modules of each test file stay in the memory of its Jest worker, so workers are replaced before garbage
 * collection takes longer than the tests. Many tests wait for timers and services: three workers keep two cores busy.
 */
const WITHOUT_STACKS = {
  args: ['--selectProjects', 'unit', 'int', '--maxWorkers=3', '--workerIdleMemoryLimit=800MB'],
};
/**
 * End-to-end tests compare balances to the micro, so the files run one after the other on a stack. The two stacks are
 * tested at the same time. Files that do not depend on the engine run on one of them. The failover test starts its own
 * stack and runs with the Redis stack, which is faster.
 */
const ON_STACKS = [
  {
    args: ['--selectProjects', 'e2e', '--runInBand', '--testPathIgnorePatterns', 'failover\\.e2e'],
    env: { LUMENFALL_E2E_QUEUE: 'PostgreSQL' },
  },
  {
    args: ['--selectProjects', 'e2e', '--runInBand', '--testPathIgnorePatterns', '(operator|prices|privacy)\\.e2e'],
    env: { LUMENFALL_E2E_QUEUE: 'Redis' },
  },
];
const ON_THAT_STACK = { args: ['--selectProjects', 'e2e', '--runInBand'] };

/** The rounds run one after the other; the Jest processes of a round run at the same time. */
const roundsOf = (env) => [[WITHOUT_STACKS], env.LUMENFALL_BASE_URL ? [ON_THAT_STACK] : ON_STACKS];

/** @returns {Promise<number>} the exit code */
export async function runTests(root, args) {
  const say = (text) => console.log(text);
  try {
    await install({ root, env: process.env, say });
    if (!process.env.SKIP_BUILD) await build({ root, env: process.env, say });
  } catch (error) {
    console.error(explain(error));
    return 1;
  }
  if (args.length > 0) return jest(root, oneAfterTheOther(args));

  const folder = mkdtempSync(path.join(tmpdir(), 'lumenfall-tests-'));
  const results = [];
  let failed = false;
  const run = async ({ args: own, env }, number) => {
    const file = path.join(folder, `${number}.json`);
    const code = await jest(root, [...own, '--json', `--outputFile=${file}`], env);
    failed ||= code !== 0 || !existsSync(file);
    if (existsSync(file)) results.push(JSON.parse(readFileSync(file, 'utf8')));
  };
  for (const [number, round] of roundsOf(process.env).entries()) {
    await Promise.all(round.map((each, index) => run(each, `${number}-${index}`)));
  }
  rmSync(folder, { recursive: true, force: true });
  for (const [reason, count] of skippedBecause(results)) say(`skipped ${count}: ${reason}`);
  say(closingLine(sum(results)));
  return failed ? 1 : 0;
}

/** The files of e2e share a stack, whose services some of them kill. */
const oneAfterTheOther = (args) =>
  args.includes('--runInBand') || !args.some((each) => each === 'e2e' || each.endsWith('=e2e'))
    ? args
    : [...args, '--runInBand'];

function jest(root, args, more = {}) {
  const program = path.join(root, 'node_modules/jest/bin/jest.js');
  const env = {
    ...process.env,
    ...more,
    NODE_OPTIONS:
      `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings --max-semi-space-size=64`.trim(),
  };
  // The report that --json prints is in the file as well.
  const stdio = ['ignore', args.includes('--json') ? 'ignore' : 'inherit', 'inherit'];
  const child = spawn(process.execPath, [program, ...args], { cwd: root, env, stdio });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
