/**
 * `npm run lint`: every check of source and documents that needs no running service. All of them run, two at a time;
 * the output of each is printed when it ends. Exit code 1 if one of them fails.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = (name) => path.join(root, 'node_modules', name);

/** [name, program, arguments]; the slowest first. */
const CHECKS = [
  ['module boundaries (eslint)', bin('eslint/bin/eslint.js'), ['.']],
  ['rules, types and import cycles (oxlint)', bin('oxlint/bin/oxlint'), []],
  ['retired words', path.join(root, 'scripts/vocabulary.mjs'), []],
  ['length of comment lines', path.join(root, 'scripts/lines.mjs'), []],
  ['sizes of source files', path.join(root, 'scripts/sizes.mjs'), []],
];

function run(program, args) {
  return new Promise((resolve) => {
    const since = Date.now();
    const child = spawn(process.execPath, [program, ...args], {
      cwd: root,
      env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ passed: false, output: error.message, tookMs: Date.now() - since }));
    child.on('close', (code) => resolve({ passed: code === 0, output, tookMs: Date.now() - since }));
  });
}

// Without a stored project graph, the rule of the module boundaries skips every file.
const graph = await run(bin('nx/dist/bin/nx.js'), ['show', 'projects', '--json']);
if (!graph.passed) {
  console.error(graph.output);
  process.exit(1);
}

const waiting = [...CHECKS];
const failures = [];
async function worker() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const [name, program, args] = check;
    const { passed, output, tookMs } = await run(program, args);
    if (!passed) failures.push(name);
    if (output.trim() !== '') console.log(output.trim());
    console.log(`${passed ? 'passed' : 'FAILED'}: ${name} (${(tookMs / 1000).toFixed(1)} s)`);
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
process.exitCode = failures.length === 0 ? 0 : 1;
