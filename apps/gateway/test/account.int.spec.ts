import { eventually } from '@lumenfall/testing';
import { chatBody, errorOf, RunningGateway } from './running-gateway.js';

const gateway = new RunningGateway();
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

const json = async (path: string): Promise<unknown> => (await gateway.call(path)).json();

describe('the account', () => {
  it('shows its balance, what is held, and what is available; a postpaid account has no available amount', async () => {
    const amount = (usd: number) => ({ amount: usd, currency: 'usd' });
    gateway.billing.holds.set('req_running', 4_000_000);
    expect(await json('/v1/balance')).toEqual({
      object: 'balance',
      billing_type: 'prepaid',
      available: amount(6),
      balance: amount(10),
      held: amount(4),
    });
    gateway.billing.holds.clear();
    gateway.billing.billingType = 'postpaid';
    expect(await json('/v1/balance')).toMatchObject({
      object: 'balance',
      billing_type: 'postpaid',
      available: { amount: null, currency: 'usd' },
    });
    gateway.billing.billingType = 'prepaid';
  });

  it.each([
    ['/v1/usage?group_by=week', 'group_by'],
    ['/v1/usage?group_by=day,day', 'group_by'],
    ['/v1/usage?start_date=2026-02-30', 'start_date'],
    ['/v1/usage?modality=speech', 'modality'],
    ['/v1/keys?limit=0', 'limit'],
    ['/v1/requests?status=done', 'status'],
    ['/v1/requests?created_after=yesterday', 'created_after'],
    ['/v1/requests?starting_after=req_1&ending_before=req_2', 'ending_before'],
    ['/v1/requests?starting_after=key_1', 'starting_after'],
    ['/v1/requests?summary=yes', 'summary'],
  ])('refuses %s and names %s', async (path, param) => {
    const answer = await gateway.call(path);
    expect([answer.status, await errorOf(answer)]).toMatchObject([400, { code: 'INVALID_REQUEST', param }]);
  });

  it('pages through its keys', async () => {
    await gateway.newKey('second');
    const first = (await json('/v1/keys?limit=1&status=active')) as { data: { name: string }[]; next_page_url: string };
    expect(first).toMatchObject({
      object: 'list',
      data: [{ object: 'key', name: 'second', status: 'active' }],
      previous_page_url: null,
    });
    expect(first.next_page_url).toMatch(/^\/v1\/keys\?starting_after=.*&limit=1&status=active$/);
    const second = (await json(first.next_page_url)) as {
      data: { last_four: string }[];
      next_page_url: null;
      previous_page_url: string;
    };
    expect(second.data).toMatchObject([{ name: 'test', last_four: gateway.key.slice(-4) }]);
    expect([second.next_page_url, second.previous_page_url]).toEqual([null, expect.stringContaining('ending_before=')]);
    expect(JSON.stringify([first, second])).not.toContain('ecret');
  });

  it('shows its requests, by either form of their ids', async () => {
    const refuse = async (): Promise<string> => {
      const refused = await gateway.call('/openai/v1/chat/completions', { json: chatBody({ messages: 1 }) });
      const requestId = refused.headers.get('x-lumenfall-request-id') ?? '';
      await eventually(() => gateway.billing.records.some((record) => record.requestId === requestId));
      return requestId;
    };
    await refuse();
    const id = await refuse();
    expect(await json('/v1/requests?limit=1&status=rejected')).toMatchObject({
      object: 'list',
      data: [{ id, status: 'rejected' }],
      next_page_url: `/v1/requests?starting_after=${id}&limit=1&status=rejected`,
    });
    for (const form of [id, id.replace('req_', 'video_')])
      expect(await json(`/v1/requests/${form}`)).toMatchObject({ id, object: 'request' });
  });
});

describe('the models', () => {
  it.each(['/openai/v1/models', '/v1/models'])('are listed at %s', async (path) => {
    const { object, data } = (await json(path)) as { object: string; data: { id: string; modality: string }[] };
    expect([object, new Set(data.map(({ modality }) => modality))]).toEqual([
      'list',
      new Set(['text', 'image', 'video']),
    ]);
  });

  it.each(['openai%2Fgpt-5.4-mini', 'openai/gpt-5.4-mini', 'sora-2', 'nano-banana-pro'])(
    'are found as %s',
    async (id) => {
      expect(await json(`/openai/v1/models/${id}`)).toMatchObject({ object: 'model' });
    },
  );

  it('that are unknown get a suggestion', async () => {
    const answer = await gateway.call('/openai/v1/models/sora-3');
    expect([answer.status, await errorOf(answer)]).toMatchObject([
      404,
      { code: 'MODEL_NOT_FOUND', message: expect.stringContaining("Did you mean 'sora-2'?") },
    ]);
  });
});
