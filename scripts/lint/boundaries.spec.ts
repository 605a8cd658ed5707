import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A file, a library that it imports, and whether lint allows that. */
const CASES = [
  ['apps/billing/src/main.ts', '@lumenfall/ledger', true],
  ['apps/cli/src/lumenfall.main.ts', '@lumenfall/ledger', true],
  ['apps/gateway/src/main.ts', '@lumenfall/ledger', false],
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
  ['libs/database/src/index.ts', '@lumenfall/ledger', false],
  ['libs/videos/src/index.ts', '@prisma/client', false],
] as const;

describe('lint of imports', () => {
  it('allows each app only the libraries of its domains: money for billing, videos for gateway and video worker', () => {
    const sources = CASES.map(([file, library]) => [file, `import '${library}';`]);
    const answer = execFileSync(
      process.execPath,
      [join(root, 'scripts/lint/boundaries.mjs'), JSON.stringify(sources)],
      { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
    );
    const messages = JSON.parse(answer) as string[][];
    expect(CASES.map(([file, library], at) => [file, library, messages[at]?.length === 0])).toEqual(CASES);
  });
});
