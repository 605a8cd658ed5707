/**
 * `npm run -s lines [-- --fix] [PATH...]`: finds comments with lines of more than 120 characters in every tracked
 * source file, or in those below the paths. `--fix` breaks them. Exit code 1 if there are any. Code is Prettier's,
 * documents are checked by `documents/documents.spec.ts`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { breakComments, MAX_LENGTH } from './lines/break-comments.mjs';

const root = path.resolve(import.meta.dirname, '..');
const args = process.argv.slice(2);
const fix = args.includes('--fix');
const paths = args.filter((arg) => !arg.startsWith('--'));
const files = execFileSync('git', ['ls-files', '-z', '--', ...paths], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => /\.(ts|mjs|js|ya?ml|prisma)$/.test(file) && !/(^|\/)(fixtures|generated)\//.test(file))
  .filter((file) => existsSync(path.join(root, file)));

let found = 0;
for (const file of files) {
  const source = readFileSync(path.join(root, file), 'utf8');
  const text = fix ? breakComments(source) : source;
  if (text !== source) writeFileSync(path.join(root, file), text);
  text.split('\n').forEach((line, index) => {
    if (line.length <= MAX_LENGTH || !/^\s*(\*|\/\/|\/\*|#)/.test(line)) return;
    found += 1;
    console.log(`${file}:${index + 1}: ${line.length} characters`);
  });
}
console.log(`comment lines: ${files.length} files, ${found} lines of more than ${MAX_LENGTH} characters`);
process.exitCode = found === 0 ? 0 : 1;
