import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = process.cwd();
const node = (args: string[], input?: string): string => {
  const env = { ...process.env, NODE_OPTIONS: '', NX_DAEMON: 'false' };
  return spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8', ...(input !== undefined && { input }) })
    .stdout;
};

describe('the lint rules', () => {
  const VIOLATIONS: Record<string, string> = {
    'no-floating-promises': 'declare function work(): Promise<void>;\nwork();\n',
    'no-misused-promises': 'declare function work(): Promise<boolean>;\nif (work()) process.exit();\n',
    'await-thenable': 'export const one = async (): Promise<number> => await (1 as number);\n',
    'switch-exhaustiveness-check':
      "export function f(kind: 'a' | 'b'): void {\n  switch (kind) {\n    case 'a':\n      return;\n  }\n}\n",
    'no-explicit-any': 'export const one: any = 1;\n',
    'no-non-null-assertion': 'export const f = (a?: string): number => a!.length;\n',
    'consistent-type-imports': "import { Socket } from 'node:net';\nexport type Mine = Socket;\n",
    'no-console': "console.log('one');\n",
    'no-restricted-properties': "export const one = process.env['ONE'];\n",
    'max-lines': `${'export {};\n'.repeat(301)}`,
    'no-unused-vars': 'const one = 1;\nexport {};\n',
    eqeqeq: 'export const same = (a: number, b: number): boolean => a == b;\n',
  };
  let reported: Map<string, string[]>;

  beforeAll(() => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lumenfall-lint-'));
    const compilerOptions = { strict: true, target: 'es2023', module: 'esnext', moduleResolution: 'bundler' };
    const types = { types: ['node'], typeRoots: [path.join(root, 'node_modules/@types')] };
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, ...types } }),
    );
    for (const [rule, source] of Object.entries(VIOLATIONS)) writeFileSync(path.join(folder, `${rule}.ts`), source);
    writeFileSync(
      path.join(folder, 'cycle-one.ts'),
      "import type { Two } from './cycle-two.js';\nexport type One = Two[];\n",
    );
    writeFileSync(
      path.join(folder, 'cycle-two.ts'),
      "import type { One } from './cycle-one.js';\nexport type Two = One | 2;\n",
    );
    const output = node(['node_modules/oxlint/bin/oxlint', '--config', '.oxlintrc.json', '--format=unix', folder]);
    rmSync(folder, { recursive: true });
    reported = new Map();
    for (const [, file = '', rule = ''] of output.matchAll(/([\w-]+)\.ts:\d+:\d+: .*\(([\w-]+)\)\]$/gm))
      reported.set(file, [...(reported.get(file) ?? []), rule]);
  });

  it.each(Object.keys(VIOLATIONS))('report a violation of %s', (rule) => {
    expect(reported.get(rule)).toContain(rule);
  });

  it('report an import cycle of types only', () => {
    expect(reported.get('cycle-one')).toEqual(['no-cycle']);
    expect(reported.get('cycle-two')).toEqual(['no-cycle']);
  });
});

describe('the module boundaries', () => {
  const FORBIDDEN: [file: string, imported: string][] = [
    ['libs/money/src/forbidden.ts', '@lumenfall/contracts'],
    ['libs/catalog/src/forbidden.ts', '@lumenfall/queue'],
    ['libs/routing/src/forbidden.ts', 'bullmq'],
    ['apps/gateway/src/forbidden.ts', '@prisma/client'],
    ['apps/chat-worker/src/forbidden.ts', '@lumenfall/database'],
    ['apps/gateway/src/forbidden.ts', '@lumenfall/testing'],
    ['apps/gateway/src/forbidden.ts', '../../../libs/money/src/index.js'],
  ];
  let messages: string[][];

  beforeAll(() => {
    node(['node_modules/nx/dist/bin/nx.js', 'show', 'projects', '--json']);
    const cases = [
      ...FORBIDDEN.map(([file, imported]) => [file, `import '${imported}';\n`]),
      ['apps/gateway/src/allowed.ts', "import '@lumenfall/catalog';\nimport 'node:path';\n"],
    ];
    messages = JSON.parse(node(['scripts/lint/forbidden-imports.mjs'], JSON.stringify(cases)) || '[]') as string[][];
  });

  it.each(FORBIDDEN.map((each, index) => [...each, index] as const))('do not let %s import %s', (_, __, index) => {
    expect(messages[index]).toHaveLength(1);
  });

  it('let an app import a library that is meant for it', () => {
    expect(messages.at(-1)).toEqual([]);
  });
});
