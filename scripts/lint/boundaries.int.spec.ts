import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A file, what it imports, and whether lint allows that. */
const CASES: [file: string, imported: string, allowed: boolean][] = [
  ['apps/billing/src/main.ts', '@lumenfall/ledger', true],
  ['apps/cli/src/lumenfall.main.ts', '@lumenfall/ledger', true],
  ['apps/gateway/src/main.ts', '@lumenfall/ledger', false],
  ['apps/gateway/src/main.ts', '@lumenfall/operator', false],
  ['apps/chat-worker/src/main.ts', '@lumenfall/ledger', false],
  ['apps/video-worker/src/main.ts', '@lumenfall/ledger', false],
  ['libs/execution/src/index.ts', '@lumenfall/ledger', false],
  ['apps/gateway/src/main.ts', '@lumenfall/videos', true],
  ['apps/video-worker/src/main.ts', '@lumenfall/videos', true],
  ['apps/image-worker/src/main.ts', '@lumenfall/videos', false],
  ['apps/billing/src/main.ts', '@lumenfall/videos', false],
  ['apps/cli/src/lumenfall.main.ts', '@lumenfall/videos', false],
  ['apps/image-worker/src/main.ts', '@lumenfall/image-runs', true],
  ['apps/chat-worker/src/main.ts', '@lumenfall/image-runs', false],
  ['apps/gateway/src/main.ts', '@lumenfall/accounts', true],
  ['apps/chat-worker/src/main.ts', '@lumenfall/accounts', false],
  ['apps/gateway/src/main.ts', '@lumenfall/prices', true],
  ['apps/chat-worker/src/main.ts', '@lumenfall/prices', false],
  ['libs/database/src/index.ts', '@lumenfall/ledger', false],
  ['libs/videos/src/index.ts', '@prisma/client', false],
  ['libs/money/src/index.ts', '@lumenfall/contracts', false],
  ['libs/catalog/src/index.ts', '@lumenfall/queue', false],
  ['libs/routing/src/index.ts', 'bullmq', false],
  ['apps/gateway/src/main.ts', '@prisma/client', false],
  ['apps/chat-worker/src/main.ts', '@lumenfall/database', false],
  ['apps/gateway/src/main.ts', '@lumenfall/testing', false],
  ['apps/gateway/src/main.ts', '../../../libs/money/src/index.js', false],
  ['apps/gateway/src/main.ts', '@lumenfall/catalog', true],
];

describe('the lint of module boundaries', () => {
  let messages: string[][];

  beforeAll(() => {
    const sources = JSON.stringify(CASES.map(([file, imported]) => [file, `import '${imported}';`]));
    const env = { ...process.env, NODE_OPTIONS: '' };
    const args = [join(root, 'scripts/lint/boundaries.mjs'), sources];
    messages = JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', env })) as string[][];
  });

  it.each(CASES.map((each, at) => [...each, at] as const))(
    'for %s that imports %s: allowed is %s',
    (_, __, allowed, at) => {
      expect(messages[at]).toHaveLength(allowed ? 0 : 1);
    },
  );
});
