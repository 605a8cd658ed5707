import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  apiError,
  errorEnvelope,
  httpStatusOf,
  type ApiError,
  type Statement,
  type TopUpView,
} from '@lumenfall/contracts';
import { LocalServer } from './local-server.js';
import { errorOf, RunningGateway } from './running-gateway.js';

const TOP_UP: TopUpView = {
  ...{ id: `top_${'a'.repeat(27)}`, object: 'top_up', type: 'top_up', status: 'pending', amount: 25, refunded: 0 },
  ...{ currency: 'usd', provider: 'stripe', checkout_url: 'https://pay.example', failure_reason: null },
  ...{ created_at: '2026-03-15T14:32:10.000Z', updated_at: '2026-03-15T14:32:10.000Z' },
};

const STATEMENT: Statement = {
  ...{
    id: '2026-03',
    object: 'statement',
    status: 'closed',
    currency: 'usd',
    opening_balance: 1,
    closing_balance: 0.5,
  },
  totals: { top_up: 0, auto_top_up: 0, usage: -0.5, adjustment: 0, refund: 0 },
  usage: [{ model: 'sora-2', key_id: 'k', key_name: '=1+1', requests: 2, amount: -0.5 }],
  ...{ by_model: [], by_key: [], entries: [] },
};

/** The calls that reached billing, and its next answer. */
const calls: { route: string; body: Record<string, unknown> }[] = [];
let refusal: ApiError | null = null;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  const text = Buffer.concat(chunks).toString();
  const route = `${request.method} ${request.url}`;
  calls.push({ route, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) });
  const status = refusal === null ? 200 : httpStatusOf(refusal);
  const body =
    refusal !== null ? errorEnvelope(refusal) : route.startsWith('POST') ? TOP_UP : answerTo(request.url ?? '');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
const answerTo = (url: string): object => (url.endsWith('/statements/2026-03') ? STATEMENT : page);
const page = { data: [TOP_UP], hasOlder: true, hasNewer: false };

const gateway = new RunningGateway();
const billing = new LocalServer((request, response) => void answer(request, response));
beforeAll(async () => {
  await gateway.start({ BILLING_URL: await billing.start() });
});
beforeEach(() => {
  calls.length = 0;
  refusal = null;
});
afterAll(async () => {
  await gateway.stop();
  await billing.stop();
});

const webhook = (body: string | Buffer, headers: Record<string, string> = { 'stripe-signature': 't=1,v1=ab' }) =>
  fetch(`${gateway.service.url}/webhooks/stripe`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });

describe('top-ups', () => {
  it.each([
    [25, 25_000_000],
    ['25.50', 25_500_000],
  ])('are requested in USD: %p', async (amount, amountMicros) => {
    const made = await gateway.call('/v1/top_ups', { json: { amount } });
    expect([made.status, await made.json()]).toEqual([201, TOP_UP]);
    expect(calls).toEqual([
      {
        route: `POST /internal/organizations/${gateway.organizationId}/top-ups`,
        body: { id: expect.stringMatching(/^top_[0-9A-Za-z]{27}$/), amountMicros },
      },
    ]);
  });

  it.each([[{}], [{ amount: 0 }], [{ amount: -5 }], [{ amount: '10.005' }], [{ amount: 1e9 }], [{ amount: '1e2' }]])(
    'are refused with the field if the amount is %p',
    async (json) => {
      const refused = await gateway.call('/v1/top_ups', { json });
      expect([refused.status, await errorOf(refused)]).toMatchObject([400, { param: 'amount' }]);
      expect(calls).toEqual([]);
    },
  );

  it('pass on why billing refused one', async () => {
    refusal = apiError('INVALID_REQUEST', 'amount: $5.00 is less than the minimum of $10.00', { param: 'amount' });
    const refused = await gateway.call('/v1/top_ups', { json: { amount: 5 } });
    expect([refused.status, await errorOf(refused)]).toMatchObject([400, { param: 'amount', code: 'INVALID_REQUEST' }]);
  });

  it('are listed with the native pagination', async () => {
    expect(await (await gateway.call('/v1/top_ups?limit=1')).json()).toEqual({
      object: 'list',
      data: [TOP_UP],
      next_page_url: `/v1/top_ups?starting_after=${TOP_UP.id}&limit=1`,
      previous_page_url: null,
    });
  });
});

describe('a statement', () => {
  const csv = ['text/csv; charset=utf-8', expect.stringContaining(`usage,,sora-2,k,'=1+1,2,-0.5,,,\r\n`)];
  const json = ['application/json; charset=utf-8', JSON.stringify(STATEMENT)];

  it.each([
    ['', '*/*', json],
    ['', 'text/csv', csv],
    ['?format=csv', 'application/json', csv],
    ['?format=json', 'text/csv', json],
  ])('is sent in the format of the query %p, or else of Accept: %s', async (query, accept, expected) => {
    const answered = await gateway.call(`/v1/statements/2026-03${query}`, { headers: { accept } });
    expect([answered.headers.get('content-type'), await answered.text()]).toEqual(expected);
  });

  it('is refused in another format', async () => {
    const refused = await gateway.call('/v1/statements/2026-03?format=xml');
    expect([refused.status, await errorOf(refused)]).toMatchObject([400, { param: 'format' }]);
  });
});

describe('the webhook of Stripe', () => {
  it('hands the exact bytes and the signature to billing, without an API key', async () => {
    const body = '{\n  "id": "evt_1", "object":  "event", "text": "\\u0000 \u{1F600}", "__proto__": {} \r\n}';
    const taken = await webhook(body);
    expect([taken.status, await taken.json()]).toEqual([200, { received: true }]);
    const [call] = calls;
    expect(call).toMatchObject({ route: 'POST /internal/payment-events', body: { signature: 't=1,v1=ab' } });
    expect(Buffer.from(String(call?.body['payload']), 'base64').toString()).toBe(body);
  });

  it('hands bytes that are not UTF-8 over unchanged', async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x00, 0xc3, 0x28, 0x7d]);
    await webhook(bytes);
    const payload = Buffer.from(String(calls[0]?.body['payload']), 'base64');
    expect(createHash('sha256').update(payload).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it.each([
    ['an invalid signature', apiError('INVALID_REQUEST', 'Stripe-Signature does not sign this body'), 400],
    ['no Stripe configured', apiError('NOT_FOUND', 'Stripe is not configured'), 404],
    ['billing closing', apiError('OVERLOADED', 'closing'), 503],
  ])('answers what billing says, so that Stripe repeats the event: %s', async (_, error, status) => {
    refusal = error;
    const refused = await webhook('{}');
    expect([refused.status, await errorOf(refused)]).toMatchObject([status, { code: error.code }]);
  });

  it.each([
    ['without a signature', '{}', {}, 400],
    ['without a body', '', undefined, 400],
    ['with more than a megabyte', `"${'a'.repeat(1024 * 1024)}"`, undefined, 413],
  ])('refuses a request %s before billing sees it', async (_, body, headers, status) => {
    expect((await webhook(body, headers)).status).toBe(status);
    expect(calls).toEqual([]);
  });
});
