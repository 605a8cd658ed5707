import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProviderEndpoints } from './endpoints.js';

const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const ACCOUNT = { type: 'service_account', client_email: 'a@p.iam.gserviceaccount.com', private_key: PEM };

describe('readProviderEndpoints for Vertex AI with a service account', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'vertex-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = (env: Record<string, string>, content: unknown = ACCOUNT) => {
    const path = join(folder, 'account.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return readProviderEndpoints({ GOOGLE_APPLICATION_CREDENTIALS: path, ...env });
  };

  it.each([
    [{ VERTEX_PROJECT: 'p-1' }, 'https://aiplatform.googleapis.com/v1/projects/p-1/locations/global'],
    [
      { VERTEX_PROJECT: 'p-1', VERTEX_LOCATION: 'europe-west4' },
      'https://europe-west4-aiplatform.googleapis.com/v1/projects/p-1/locations/europe-west4',
    ],
    [{ VERTEX_PROJECT: 'p-1', VERTEX_BASE_URL: 'https://vertex.example/v1/' }, 'https://vertex.example/v1'],
  ])('uses for %j the base URL %s', (env, baseUrl) => {
    const endpoints = read(env);
    expect(endpoints).toMatchObject({
      value: [
        {
          provider: 'vertex',
          baseUrl,
          apiKey: '',
          serviceAccount: { clientEmail: ACCOUNT.client_email },
          sandbox: false,
        },
      ],
    });
  });

  it('prefers a key', () => {
    const endpoints = read({ VERTEX_API_KEY: 'AQ.1', VERTEX_PROJECT: 'p-1' });
    expect(endpoints).toMatchObject({ value: [{ baseUrl: 'https://aiplatform.googleapis.com/v1', apiKey: 'AQ.1' }] });
  });

  it('ignores a key file without a project', () => expect(read({})).toEqual({ ok: true, value: [] }));

  it.each<[string, Record<string, string>, unknown, RegExp]>([
    [
      'without a file',
      { VERTEX_PROJECT: 'p', GOOGLE_APPLICATION_CREDENTIALS: '' },
      ACCOUNT,
      /needs GOOGLE_APPLICATION/,
    ],
    [
      'with a file that does not exist',
      { VERTEX_PROJECT: 'p', GOOGLE_APPLICATION_CREDENTIALS: '/none' },
      ACCOUNT,
      /\/none cannot be read/,
    ],
    ['with half a file', { VERTEX_PROJECT: 'p' }, '{"private_key": "SECRET', /cannot be read as JSON/],
    ['with another kind of account', { VERTEX_PROJECT: 'p' }, { ...ACCOUNT, type: 'authorized_user' }, /see 'type'/],
    ['with a broken key', { VERTEX_PROJECT: 'p' }, { ...ACCOUNT, private_key: 'SECRET' }, /see 'private_key'/],
    ['with a project that is a path', { VERTEX_PROJECT: '../p' }, ACCOUNT, /VERTEX_PROJECT is not a valid name/],
  ])('refuses a configuration %s, without repeating the key', (_how, env, content, message) => {
    const endpoints = read(env, content);
    expect(endpoints).toMatchObject({ ok: false, error: expect.stringMatching(message) as string });
    expect(JSON.stringify(endpoints)).not.toContain('SECRET');
  });
});
