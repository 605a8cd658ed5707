import { createVerify, generateKeyPairSync } from 'node:crypto';
import { anImageRequest } from '@lumenfall/testing';
import { contextFor } from '../contract/call-context.js';
import { recorded, startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import type { ServiceAccount } from '../spec/index.js';
import { accessTokens } from './access-token.js';
import { vertex } from './adapter.js';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('accessTokens', () => {
  let google: ReplayServer;
  beforeAll(async () => (google = await startReplayServer()));
  afterAll(() => google.close());

  const account = (): ServiceAccount => ({
    clientEmail: 'a@p.iam.gserviceaccount.com',
    privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKeyId: 'k1',
    tokenUri: `${google.url}/token`,
  });
  const signal = new AbortController().signal;
  const token = (text: string, seconds: number) => ({
    body: JSON.stringify({ access_token: text, expires_in: seconds }),
  });

  it('sends a signed assertion, and returns the token', async () => {
    google.reply(token('ya29.one', 3599));
    expect(await accessTokens()(account(), signal)).toEqual({ ok: true, value: 'ya29.one' });
    const [request] = google.requests;
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    const assertion = new URLSearchParams(request?.body).get('assertion') ?? '';
    const [header = '', claims = '', signature = ''] = assertion.split('.');
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(read(header)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
    expect(read(claims)).toMatchObject({ iss: 'a@p.iam.gserviceaccount.com', aud: `${google.url}/token` });
    expect(
      createVerify('RSA-SHA256').update(`${header}.${claims}`).verify(keys.publicKey, signature, 'base64url'),
    ).toBe(true);
  });

  it('requests a token once for all callers, and again only before it expires', async () => {
    const tokens = accessTokens();
    const one = account();
    google.reply(token('ya29.short', 60), token('ya29.long', 3599));
    expect(await Promise.all([tokens(one, signal), tokens(one, signal)])).toMatchObject([
      { value: 'ya29.short' },
      { value: 'ya29.short' },
    ]);
    expect(await tokens(one, signal)).toMatchObject({ value: 'ya29.long' });
    expect(await tokens(one, signal)).toMatchObject({ value: 'ya29.long' });
    expect(google.requests).toHaveLength(2);
  });

  it.each([
    ['a refusal', { status: 400, body: '{"error":"invalid_grant"}' }, 'auth'],
    ['a 503', { status: 503, body: '' }, 'transient'],
    ['another body', { body: '{}' }, 'transient'],
  ])('returns a failure if the token request is answered with %s, and requests again', async (_what, reply, kind) => {
    const tokens = accessTokens();
    const one = account();
    google.reply(reply, token('ya29.later', 3599));
    expect(await tokens(one, signal)).toMatchObject({ ok: false, error: { kind } });
    expect(await tokens(one, signal)).toMatchObject({ ok: true });
  });

  it('gives Vertex AI the token and nothing else', async () => {
    google.reply(token('ya29.mine', 3599), recorded('vertex', 'image.json'));
    const context = contextFor(google.url, 'vertex', { model: 'gemini-3-pro-image-preview' });
    const endpoint = { ...context.endpoint, apiKey: '', serviceAccount: account() };
    const made = await vertex.image.generate(anImageRequest(), { ...context, endpoint });
    expect(made).toMatchObject({ ok: true });
    const request = google.requests[1];
    expect(request?.headers.authorization).toBe('Bearer ya29.mine');
    expect(request?.headers).not.toHaveProperty('x-goog-api-key');
    expect(request?.body).not.toContain('PRIVATE');
  });
});
