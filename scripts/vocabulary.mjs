/**
 * `npm run -s vocabulary [-- PATH...]`: finds the retired words of `vocabulary/retired-words.yaml` in every tracked
 * file, or in those below the paths. Exit code 1 if a folder has one that is not in `vocabulary/pending.json`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { wordFinder } from './vocabulary/find-words.mjs';

const root = path.resolve(import.meta.dirname, '..');
const read = (file) => readFileSync(path.join(root, file), 'utf8');

const CHECKED = /\.(ts|mts|mjs|js|md|ya?ml|prisma)$|^(\.ci\/run|Dockerfile|\.env\.example)$/;
/** Recorded answers of providers, applied migrations and their test, and the lists of the words themselves. */
const EXCLUDED =
  /(^|\/)(fixtures|migrations|generated)\/|migrate-database\.int\.spec\.ts$|^scripts\/vocabulary\/|^docs\/glossary\.md$/;

const paths = process.argv.slice(2);
const files = execFileSync('git', ['ls-files', '-z', '--', ...paths], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => CHECKED.test(file) && !EXCLUDED.test(file) && existsSync(path.join(root, file)));
/** `libs/money`, `apps/gateway`, `docs`, or the name of a file of the top folder. */
const folderOf = (file) => /^((apps|libs)\/[^/]+|[^/]+)/.exec(file)[0];

const find = wordFinder(parse(read('scripts/vocabulary/retired-words.yaml')));
const pending = new Set(JSON.parse(read('scripts/vocabulary/pending.json')));
const counts = new Map();
for (const file of files) {
  const folder = folderOf(file);
  const found = find(file, read(file));
  counts.set(folder, (counts.get(folder) ?? 0) + found.length);
  if (pending.has(folder) && paths.length === 0) continue;
  for (const { line, found: text, entry } of found)
    console.log(`${file}:${line}: ${text}\n    ${entry.retired} -> ${entry.instead}`);
}
for (const [folder, count] of counts)
  if (count > 0) console.log(`${String(count).padStart(5)} ${folder}${pending.has(folder) ? ' (pending)' : ''}`);
const failed = [...counts].filter(([folder, count]) => count > 0 && !pending.has(folder));
console.log(`vocabulary: ${files.length} files, ${failed.length} folders with retired words that must have none`);
process.exitCode = failed.length === 0 ? 0 : 1;
