/**
 * `npm run -s sizes`: lines of the source files by project (tests, contract suites, generated code and recorded answers
 * excluded). Exit code 1 if a file has more than 300 lines.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const MAX_LINES = 300;
const SOURCE = /^(apps|libs)\/.*\.ts$/;
const EXCLUDED = /\.spec\.ts$|\/(test|fixtures|generated|contract)\/|^libs\/testing\//;

const sizes = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => SOURCE.test(file) && !EXCLUDED.test(file) && existsSync(path.join(root, file)))
  .map((file) => ({
    file,
    project: file.split('/').slice(0, 2).join('/'),
    lines: readFileSync(path.join(root, file), 'utf8').split('\n').length - 1,
  }));

/** The smallest value that at least `share` of the sorted values do not exceed. */
const percentile = (sorted, share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];

function row(name, files) {
  const lines = files.map((file) => file.lines).sort((a, b) => a - b);
  const total = lines.reduce((sum, count) => sum + count, 0);
  const cells = [lines.length, total, percentile(lines, 0.5), percentile(lines, 0.9), lines.at(-1)];
  return `${name.padEnd(22)}${cells.map((cell) => String(cell).padStart(8)).join('')}`;
}

console.log(
  `${'project'.padEnd(22)}${['files', 'lines', 'median', 'p90', 'max'].map((head) => head.padStart(8)).join('')}`,
);
for (const project of new Set(sizes.map((each) => each.project)))
  console.log(
    row(
      project,
      sizes.filter((each) => each.project === project),
    ),
  );
console.log(row('all', sizes));

const tooLong = sizes.filter(({ lines }) => lines > MAX_LINES);
for (const { file, lines } of tooLong) console.error(`${file}: ${lines} lines, at most ${MAX_LINES} are allowed`);
process.exitCode = tooLong.length === 0 ? 0 : 1;
