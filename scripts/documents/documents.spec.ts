import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { ERROR_TABLE } from '@lumenfall/contracts';
import { exists, linksIn, longLines, pathsIn, type Reference } from './references.js';

const read = (file: string): string => readFileSync(file, 'utf8');
const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => existsSync(file));
const DOCUMENTS = tracked.filter((file) => /^(docs\/.*|[^/]+)\.md$/.test(file));
const shown = (references: Reference[]): string[] => references.map(({ line, text }) => `line ${line}: ${text}`);

describe('the document', () => {
  it.each(DOCUMENTS)('%s names only files that exist', (file) => {
    const missing = pathsIn(read(file)).filter(({ text }) => !exists(text, tracked));
    expect(shown(missing)).toEqual([]);
  });

  it.each(DOCUMENTS)('%s links only to files that exist', (file) => {
    const missing = linksIn(file, read(file)).filter(({ text }) => !exists(text, tracked));
    expect(shown(missing)).toEqual([]);
  });

  it.each(DOCUMENTS)('%s has lines of at most 120 characters', (file) => {
    expect(shown(longLines(read(file), 120))).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  it('has a row for each error code, with its HTTP status and type', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \| (\d+) \| `([a-z_]+)` \|/gm)];
    expect(rows.map(([, code, status, type]) => [code, Number(status), type])).toEqual(
      Object.entries(ERROR_TABLE).map(([code, { status, type }]) => [code, status, type]),
    );
  });
});

describe('the check of paths in documents', () => {
  const files = ['libs/money/src/money.ts', 'libs/providers/src/fal/adapter.ts', 'docs/one.md'];

  it.each([
    ['libs/money', true],
    ['libs/money/src/money.ts', true],
    ['money.ts', true],
    ['libs/providers/src/<slug>/adapter.ts', true],
    ['libs/*/src/money.ts', true],
    ['{docs,libs}/', true],
    ['libs/mon', false],
    ['ney.ts', false],
    ['libs/money/src/prices.ts', false],
  ])('finds %s: %s', (reference, found) => {
    expect(exists(reference, files)).toBe(found);
  });

  it('reads paths from inline code only, and links relative to the document', () => {
    const markdown = 'See `libs/money` and `a + b`.\n\n```sh\ncat `libs/none`\n```\n[one](../README.md#start)';
    expect(pathsIn(markdown)).toEqual([{ line: 1, text: 'libs/money' }]);
    expect(linksIn('docs/one.md', markdown)).toEqual([{ line: 6, text: 'README.md' }]);
  });
});
