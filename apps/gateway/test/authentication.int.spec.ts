import { eventually } from '@lumenfall/testing';
import { errorOf, RunningGateway } from './running-gateway.js';

const gateway = new RunningGateway();
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

const PUBLIC = new Set(['/livez', '/readyz', '/metrics', '/media/:name', '/webhooks/stripe']);

describe('the authentication', () => {
  it('lets an active key in', async () => {
    const answer = await gateway.call('/openai/v1/models');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-lumenfall-request-id')).toMatch(/^req_[0-9A-Za-z]{27}$/);
  });

  it.each([
    ['', 'No API key'],
    ['Basic abc', 'Bearer'],
    ['Bearer sk-something', 'lmnfl_'],
    ['Bearer lmnfl_abc', 'malformed'],
    ['Bearer lmnfl_nobody.secret', 'Invalid API key'],
  ])('refuses %p', async (authorization, reason) => {
    const answer = await gateway.call('/openai/v1/models', { headers: { authorization } });
    expect(answer.status).toBe(401);
    const error = await errorOf(answer);
    expect(error).toMatchObject({ type: 'authentication_error', code: 'AUTHENTICATION_FAILED', param: null });
    expect(error.message).toContain(reason);
    expect(answer.headers.get('x-lumenfall-request-id')).toMatch(/^req_/);
  });

  it('refuses a known key with another secret', async () => {
    const [known] = gateway.key.split('.');
    const answer = await gateway.call('/v1/balance', { headers: { authorization: `Bearer ${known}.wrong` } });
    expect([answer.status, (await errorOf(answer)).message]).toEqual([401, 'Invalid API key']);
  });

  it('refuses a revoked key and an expired one, and says how to get a new one', async () => {
    const how = `Create a new one with: npm run lumenfall -- keys create --org ${gateway.organizationId} --name NAME`;
    const messageFor = async (key: string): Promise<string | null> => {
      const answer = await gateway.call('/openai/v1/models', { headers: { authorization: `Bearer ${key}` } });
      return answer.status === 200 ? null : (await errorOf(answer)).message;
    };
    const revoked = await gateway.newKey('short-lived');
    await gateway.database.apiKeys.revoke(revoked.id);
    expect(await messageFor(revoked.key)).toContain(`This API key was revoked. ${how}`);
    const expiring = await gateway.newKey('expiring', { expiresAt: new Date(Date.now() + 1_000) });
    expect(await messageFor(expiring.key)).toBeNull();
    await eventually(async () => (await messageFor(expiring.key)) !== null, 5_000);
    expect(await messageFor(expiring.key)).toMatch(/^This API key expired at 20\S+Z\. Create a new one with: /);
  });

  it('refuses a key in steady use soon after its revocation', async () => {
    const { key, id } = await gateway.newKey('steady');
    const use = async (): Promise<number> =>
      (await gateway.call('/openai/v1/models', { headers: { authorization: `Bearer ${key}` } })).status;
    expect(await use()).toBe(200);
    await gateway.database.apiKeys.revoke(id);
    await eventually(async () => (await use()) === 401, 5_000);
  });

  it('stores when a key was last used', async () => {
    const { key, id } = await gateway.newKey('used');
    await gateway.call('/openai/v1/models', { headers: { authorization: `Bearer ${key}` } });
    await eventually(async () => (await gateway.database.apiKeys.find(id))?.lastUsedAt != null, 5_000);
  });

  it('cannot be gone around: every route but the public ones needs a key', async () => {
    const routes = gateway.routes().filter(({ pattern }) => !PUBLIC.has(pattern));
    expect(routes.length).toBeGreaterThan(20);
    for (const { method, pattern } of routes) {
      const path = pattern.replace(/:[A-Za-z]+/g, 'x').replace('*', 'x');
      const answer = await gateway.call(path, { method, headers: { authorization: 'Bearer lmnfl_x.y' } });
      expect([method, pattern, answer.status]).toEqual([method, pattern, 401]);
    }
  });

  it.each([...PUBLIC].map((pattern) => pattern.replace(':name', 'x')))('%s needs none', async (path) => {
    const answer = await fetch(`${gateway.service.url}${path}`);
    expect(answer.status).not.toBe(401);
  });

  it('answers the admin API as an unknown path if ADMIN_TOKEN is not set', async () => {
    const answer = await gateway.call('/admin/v1/organizations');
    expect([answer.status, (await errorOf(answer)).message]).toEqual([404, expect.stringMatching(/^Unknown path/)]);
  });

  it('answers browsers on any page', async () => {
    const preflight = await fetch(`${gateway.service.url}/openai/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const refused = await gateway.call('/v1/balance', {
      headers: { authorization: '', origin: 'https://example.com' },
    });
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(refused.headers.get('access-control-allow-credentials')).toBeNull();
  });
});
