import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ERROR_TABLE } from '@lumenfall/contracts';
import { billingService } from '../../apps/billing/src/service.js';
import { chatWorkerService } from '../../apps/chat-worker/src/service.js';
import { gatewayService } from '../../apps/gateway/src/service.js';
import { imageWorkerService } from '../../apps/image-worker/src/service.js';
import { sandboxService } from '../../apps/sandbox/src/service.js';
import { videoWorkerService } from '../../apps/video-worker/src/service.js';
import { configurationPage, readEnvExample, type Documented } from './configuration-page.js';
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

  it.each(DOCUMENTS.filter((file) => !/docs\/(sandbox|images|operating|sdks|catalog.*)\.md/.test(file)))(
    '%s has lines of at most 120 characters',
    (file) => {
      expect(shown(longLines(read(file), 120))).toEqual([]);
    },
  );
});

describe('docs/errors.md', () => {
  it('has a row for each error code, with its HTTP status and type', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \| (\d+) \| `([a-z_]+)` \|/gm)];
    expect(rows.map(([, code, status, type]) => [code, Number(status), type])).toEqual(
      Object.entries(ERROR_TABLE).map(([code, { status, type }]) => [code, status, type]),
    );
  });
});

describe('docs/configuration.md', () => {
  const services: Documented[] = [
    gatewayService,
    chatWorkerService,
    imageWorkerService,
    videoWorkerService,
    billingService,
    sandboxService,
  ];

  it('is what the schemas of the services and .env.example say; `npm run documents` writes it', () => {
    const page = configurationPage(services, read('.env.example'));
    if (process.env['WRITE_DOCUMENTS']) writeFileSync('docs/configuration.md', page);
    expect(read('docs/configuration.md')).toBe(page);
  });
});

describe('the reading of .env.example', () => {
  it('describes a block of variables by the comment above it', () => {
    const source = '# --- Limits ---\n\n# In ms.\n# A=1\n# B=2\n\n# A port\n# of two lines.\n# C=\n';
    const [section] = readEnvExample(source);
    expect(section?.title).toBe('Limits');
    expect([...(section?.variables ?? [])]).toEqual([
      ['A', { text: 'In ms.', example: '1' }],
      ['B', { text: 'In ms.', example: '2' }],
      ['C', { text: 'A port of two lines.', example: '' }],
    ]);
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
