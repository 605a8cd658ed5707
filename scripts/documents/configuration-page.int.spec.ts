import { readFileSync, writeFileSync } from 'node:fs';
import { billingService } from '../../apps/billing/src/service.js';
import { chatWorkerService } from '../../apps/chat-worker/src/service.js';
import { gatewayService } from '../../apps/gateway/src/service.js';
import { imageWorkerService } from '../../apps/image-worker/src/service.js';
import { sandboxService } from '../../apps/sandbox/src/service.js';
import { videoWorkerService } from '../../apps/video-worker/src/service.js';
import { configurationPage, readEnvExample, type Documented } from './configuration-page.js';

const read = (file: string): string => readFileSync(file, 'utf8');

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
