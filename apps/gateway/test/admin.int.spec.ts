import { errorOf, RunningGateway } from './running-gateway.js';

const TOKEN = 'the-token-of-the-operator-in-tests';

describe('the admin API', () => {
  const gateway = new RunningGateway();
  beforeAll(() => gateway.start({ ADMIN_TOKEN: TOKEN }));
  afterAll(() => gateway.stop());
  beforeEach(() => void (gateway.billing.operations.calls.length = 0));

  const admin = (path: string, init: RequestInit & { json?: unknown } = {}) =>
    gateway.call(`/admin/v1${path}`, { ...init, headers: { ...init.headers, authorization: `Bearer ${TOKEN}` } });
  const { calls, answers } = gateway.billing.operations;

  it('adds credit once per reference', async () => {
    const json = { amount: '2.50', reference: 'inv-7', note: 'invoice 7' };
    const added = await admin('/organizations/acme/credits', { json });
    expect([added.status, await added.json()]).toEqual([
      201,
      expect.objectContaining({ type: 'top_up', amount: 2.5, balance_after: 12.5, reference: 'inv-7' }),
    ]);
    expect(await (await admin('/organizations/acme/credits', { json })).json()).toMatchObject({ balance_after: 12.5 });
    const other = await admin('/organizations/acme/credits', { json: { ...json, amount: 3 } });
    expect([other.status, (await errorOf(other)).code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    expect(calls[0]).toEqual({ name: 'credits.add', input: { ...json, organization: 'acme' } });
  });

  it('gives a change without a reference the id of the request', async () => {
    const answer = await admin('/organizations/acme/adjustments', { json: { amount: -1 } });
    const reference = answer.headers.get('x-lumenfall-request-id');
    expect(calls).toEqual([{ name: 'credits.adjust', input: { organization: 'acme', amount: -1, reference } }]);
  });

  it('names the field in the error envelope', async () => {
    const answer = await admin('/organizations/acme/credits', { json: { amount: '1e3' } });
    expect([answer.status, await errorOf(answer)]).toEqual([
      400,
      expect.objectContaining({ code: 'INVALID_REQUEST', type: 'invalid_request_error', param: 'amount' }),
    ]);
    const unknown = await admin('/organizations/org_unknown');
    expect([unknown.status, (await errorOf(unknown)).param]).toEqual([404, 'organization']);
  });

  it.each<[string, string, unknown, string, object]>([
    ['POST', '/organizations', { name: 'Acme' }, 'organizations.create', { name: 'Acme' }],
    ['GET', '/organizations/acme', undefined, 'organizations.show', { organization: 'acme' }],
    [
      'POST',
      '/organizations/acme',
      { billing_mode: 'postpaid' },
      'organizations.set',
      { organization: 'acme', billing_mode: 'postpaid' },
    ],
    ['POST', '/organizations/acme/keys', { name: 'CI' }, 'keys.create', { organization: 'acme', name: 'CI' }],
    [
      'POST',
      '/keys/key1',
      { limits: { requests_at_once: 2 } },
      'keys.set',
      { key: 'key1', limits: { requests_at_once: 2 } },
    ],
    ['POST', '/keys/key1/revoke', undefined, 'keys.revoke', { key: 'key1' }],
    ['DELETE', '/keys/key1', undefined, 'keys.delete', { key: 'key1' }],
    ['GET', '/requests/req_1', undefined, 'requests.report', { request: 'req_1' }],
    ['POST', '/audits', { organization: 'acme' }, 'audit', { organization: 'acme', seconds: 60 }],
    ['POST', '/audits', undefined, 'audit', { seconds: 60 }],
  ])('carries out %s %s %j as %s', async (method, path, json, name, input) => {
    answers.set(name, { name });
    const answer = await admin(path, { ...(json !== undefined && { json }), method });
    expect([answer.ok, await answer.json()]).toEqual([true, { name }]);
    expect(calls).toEqual([{ name, input: expect.objectContaining(input) }]);
  });

  it.each([
    ['/organizations', 'organizations.list', {}],
    ['/organizations/acme/keys', 'keys.list', { organization: 'acme' }],
    ['/organizations/acme/ledger', 'credits.list', { organization: 'acme' }],
    ['/prices', 'prices.list', {}],
    ['/actions', 'actions.list', {}],
  ])('lists %s in the native envelope', async (path, name, input) => {
    answers.set(name, { data: [{ id: 'b' }, { id: 'a' }], has_older: true, has_newer: false });
    const answer = await admin(`${path}?limit=2&status=active`);
    expect(await answer.json()).toEqual({
      object: 'list',
      data: [{ id: 'b' }, { id: 'a' }],
      next_page_url: `/admin/v1${path}?starting_after=a&limit=2&status=active`,
      previous_page_url: null,
    });
    expect(calls).toEqual([{ name, input: { limit: '2', status: 'active', ...input } }]);
  });

  const price = (unitPrice: unknown) => ({
    prices: [{ model: 'kling-v3', price: [{ type: 'output', metric: 'second', unit_price: unitPrice }] }],
  });

  it('checks imported prices against the catalog, and imports them', async () => {
    answers.set('prices.import', { added: [], unchanged: 1 });
    const answer = await admin('/prices', { json: { ...price('0.14'), valid_from: '2999-01-01T00:00:00Z' } });
    expect(answer.status).toBe(201);
    const imported = { model: 'kling-v3', version: expect.any(String) as string, lines: [{ unitPrice: '0.14' }] };
    expect(calls).toMatchObject([
      {
        name: 'prices.import',
        input: { prices: [imported], valid_from: '2999-01-01T00:00:00Z', imported_by: 'admin' },
      },
    ]);
  });

  it.each([
    [price(0.14), 'prices.0.price.0.unit_price'],
    [{ prices: [{ ...price('1').prices[0], model: 'klang-v3' }] }, 'prices.0.model'],
    [{ ...price('1'), valid_from: 'soon' }, 'valid_from'],
  ])('refuses prices that do not fit the catalog, and names the field: %j', async (json, param) => {
    const answer = await admin('/prices', { json });
    expect([answer.status, (await errorOf(answer)).param]).toEqual([400, param]);
    expect(calls).toEqual([]);
  });

  it.each([['[]'], ['"text"'], ['']])('refuses the body %p', async (body) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await admin('/organizations', { method: 'POST', body, headers });
    expect([answer.status, (await errorOf(answer)).code]).toEqual([400, 'INVALID_REQUEST']);
  });

  it('does not open the routes of organizations with its token', async () => {
    expect((await gateway.call('/v1/balance', { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(401);
  });

  // The last test: it uses up the wrong tokens that this address may send.
  it('needs its own token on every route, and never accepts the key of an organization', async () => {
    const routes = gateway.routes().filter(({ pattern }) => pattern.startsWith('/admin/'));
    expect(routes.length).toBeGreaterThan(10);
    const access = async (method: string, pattern: string, authorization: string) => {
      const path = pattern.replace(/:[A-Za-z]+/g, 'x');
      const answer = await fetch(`${gateway.service.url}${path}`, { method, headers: { authorization } });
      return [method, pattern, answer.status];
    };
    // Ten wrong tokens are refused as such, then the address has to wait; neither reaches billing.
    for (const [at, { method, pattern }] of routes.entries()) {
      const status = at < 10 ? 401 : 429;
      expect(await access(method, pattern, `Bearer ${gateway.key}`)).toEqual([method, pattern, status]);
    }
    expect(calls).toEqual([]);
  });
});
