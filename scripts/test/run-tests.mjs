import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { explain } from '../start/operator-error.mjs';
import { build, install } from '../start/prepare.mjs';
import { closingLine, skippedBecause, sum } from './results.mjs';

/**
 * Each file of tests leaves its modules in the memory of the process that ran it, so processes are replaced before garbage
 * collection takes longer than the tests' own limits. The end-to-end tests have the stacks to themselves, one
 * file after the other: balances are compared to the micro.
 */
const ROUNDS = [
  ['--selectProjects', 'unit', 'int', '--maxWorkers=2', '--workerIdleMemoryLimit=800MB'],
  ['--selectProjects', 'e2e', '--runInBand'],
];

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
  if (args.length > 0) return jest(root, args);

  const folder = mkdtempSync(path.join(tmpdir(), 'lumenfall-tests-'));
  const results = [];
  let failed = false;
  for (const [number, round] of ROUNDS.entries()) {
    const file = path.join(folder, `${number}.json`);
    const code = await jest(root, [...round, '--json', `--outputFile=${file}`]);
    failed ||= code !== 0;
    if (existsSync(file)) results.push(JSON.parse(readFileSync(file, 'utf8')));
  }
  rmSync(folder, { recursive: true, force: true });
  for (const [reason, count] of skippedBecause(results)) say(`skipped ${count}: ${reason}`);
  say(closingLine(sum(results)));
  return failed || results.length < ROUNDS.length ? 1 : 0;
}

function jest(root, args) {
  const program = path.join(root, 'node_modules/jest/bin/jest.js');
  const env = {
    ...process.env,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim(),
  };
  // What --json writes to standard output is in the file too.
  const stdio = ['ignore', args.includes('--json') ? 'ignore' : 'inherit', 'inherit'];
  const child = spawn(process.execPath, [program, ...args], { cwd: root, env, stdio });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
