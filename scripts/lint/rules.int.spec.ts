import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = process.cwd();
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
    const args = ['node_modules/oxlint/bin/oxlint', '--config', '.oxlintrc.json', '--format=unix', folder];
    const env = { ...process.env, NODE_OPTIONS: '' };
    const output = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' }).stdout;
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
