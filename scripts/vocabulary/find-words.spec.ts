import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { wordFinder, wordsOf } from './find-words.mjs';

interface Entry {
  retired: string;
  instead: string;
}

const entries = parse(readFileSync('scripts/vocabulary/retired-words.yaml', 'utf8')) as Entry[];
const find = wordFinder(entries);
const foundIn = (file: string, source: string): string[] => find(file, source).map(({ found }) => found);

describe('the search for retired words', () => {
  it('splits camelCase, kebab-case and capitals into words', () => {
    expect(wordsOf('parseHTTPHeader_v2')).toEqual(['parse', 'http', 'header', 'v2']);
    expect(wordsOf('first-to-answer')).toEqual(['first', 'to', 'answer']);
  });

  it.each([
    'class RouteStop {}',
    'const stopHealth = 1;',
    'openBoard();',
    "import './tell-delta.js';",
    'type WorkEnd = 1;',
    'callOff();',
    'const x = { pictures: 1 };',
  ])('reports the identifier in `%s`', (source) => {
    expect(foundIn('libs/routing/src/one.ts', source)).toHaveLength(1);
  });

  it.each([
    "const body = { stop: ['\\n'], finish_reason: 'stop' };",
    'const started = performance.now();',
    'const keyboard = 1, history = 2, dashboard = 3;',
    "const message = { role: 'user', content: 'Tell me a story about a door' };",
    'const request = { prompt: `A picture of ${what} on a stage` };',
    '// The stop sequence is sent as it is; in fact, it is a long-standing field. There is no limit.',
    "it('says hello world', () => undefined);",
    'const standIn = 1;',
    "const event = 'message_stop';",
  ])('accepts `%s`', (source) => {
    expect(foundIn('libs/providers/src/one.ts', source)).toEqual([]);
  });

  it('reports a comment with the line of the word', () => {
    const source = '/**\n * Reads.\n * The next stop of the route.\n */\nexport {};\n';
    expect(find('libs/routing/src/one.ts', source)).toMatchObject([{ line: 3 }]);
  });

  it('reports test titles and messages, also the fixed parts of a template', () => {
    expect(foundIn('libs/one.spec.ts', "it('is told of the end', () => undefined);")).toHaveLength(1);
    expect(foundIn('libs/one.ts', 'throw new Error(`${name} is no model of ours`);')).toHaveLength(1);
  });

  it('reports file names', () => {
    expect(foundIn('e2e/models/failover-picture.yaml', 'id: one\n')).toEqual(['failover-picture']);
  });

  it('reports prose and inline code of documents, but not fenced code', () => {
    expect(foundIn('docs/one.md', 'The `RouteStop` tells.\n\n```sh\nwalk the story\n```\n')).toHaveLength(2);
  });

  it('reports comments of shell scripts, Dockerfiles and Prisma schemas', () => {
    expect(foundIn('.ci/run', 'echo tells # nobody waits\n')).toHaveLength(1);
    expect(foundIn('one.prisma', 'model Run {\n  story Json /// What is told.\n}\n')).toHaveLength(2);
  });

  it('knows an alternative for every retired word', () => {
    expect(entries.filter(({ retired, instead }) => !retired || !instead)).toEqual([]);
  });
});
