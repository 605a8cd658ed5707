import { newRequestId, type Limits } from '@lumenfall/contracts';
import { openClient, type Client } from '@lumenfall/database';
import { ledgerStore } from '@lumenfall/ledger';
import { micros } from '@lumenfall/money';
import { aUsageRecord, describeWithRedis, eventually, testRedisUrl } from '@lumenfall/testing';
import { chatBody, errorOf, RunningGateway } from './running-gateway.js';
import { chunk, end } from './scripted-worker.js';

const CHAT = '/openai/v1/chat/completions';
const IMAGES = '/openai/v1/images/generations';

/** The limits of keys and organizations on one queue engine. */
function limitsOn(queueUrl?: () => string): void {
  const gateway = new RunningGateway();
  let database: Client;
  beforeAll(async () => {
    await gateway.start({}, queueUrl?.());
    database = openClient(gateway.environment['DATABASE_URL'] ?? '', { maxConnections: 2 });
  });
  afterAll(async () => {
    await database.$disconnect();
    await gateway.stop();
  });
  beforeEach(() => {
    gateway.worker.chat = async (_job, send) => send(chunk({ content: 'x' }, 'stop'), end);
  });

  let made = 0;
  const newKey = (limits: Limits) => gateway.newKey(`limited ${(made += 1)}`, { limits });
  const post = (key: string, path = CHAT, json: object = chatBody()): Promise<Response> =>
    gateway.call(path, { json, headers: { authorization: `Bearer ${key}` } });
  const statuses = async (answers: readonly Promise<Response>[]): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const { status } of await Promise.all(answers)) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  };

  it('admit exactly 10 of 50 concurrent requests per minute; a dry run counts nothing', async () => {
    const { key } = await newKey({ requestsPerMinute: 10 });
    for (let n = 0; n < 3; n += 1) expect((await post(key, `${CHAT}?dryRun=true`)).status).toBe(200);
    expect(await statuses(Array.from({ length: 50 }, () => post(key)))).toEqual({ 200: 10, 429: 40 });
    const refused = await post(key);
    expect(await errorOf(refused)).toMatchObject({
      code: 'RATE_LIMITED',
      type: 'rate_limit_error',
      message: expect.stringMatching(
        /^This API key is limited to 10 requests per minute\. Send the request again in \d+ seconds$/,
      ) as unknown,
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
    expect(refused.headers.get('x-ratelimit-limit-requests')).toBe('10');
    expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    const requestId = refused.headers.get('x-lumenfall-request-id');
    await eventually(() => gateway.billing.records.some((record) => record.requestId === requestId));
    expect(gateway.billing.records.find((record) => record.requestId === requestId)).toMatchObject({
      status: 'rejected',
      errorCode: 'RATE_LIMITED',
    });
  });

  it('name what is left in the headers of an answer, also of a stream, and add none without limits', async () => {
    const { key } = await newKey({ requestsPerMinute: 10, tokensPerMinute: 100_000 });
    const first = await post(key);
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('9');
    expect(first.headers.get('x-ratelimit-limit-tokens')).toBe('100000');
    expect(first.headers.get('x-ratelimit-reset-requests')).toMatch(/^1m\d/);
    const stream = await post(key, CHAT, chatBody({ stream: true }));
    expect(stream.headers.get('x-ratelimit-remaining-requests')).toBe('8');
    await stream.text();
    const unlimited = await gateway.call(CHAT, { json: chatBody() });
    expect([...unlimited.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });

  it('replace the estimated tokens of a request by those it used', async () => {
    const { key } = await newKey({ tokensPerMinute: 2_000 });
    const body = chatBody({ max_tokens: 1_500 });
    const first = await post(key, CHAT, body);
    expect(first.status).toBe(200);
    expect(Number(first.headers.get('x-ratelimit-remaining-tokens'))).toBeLessThan(500);
    const remaining = await eventually(async () => {
      const answer = await post(key, CHAT, body);
      return answer.status === 200 && Number(answer.headers.get('x-ratelimit-remaining-tokens'));
    });
    expect(remaining).toBeGreaterThan(450);
    const large = await post(key, CHAT, chatBody({ max_tokens: 5_000 }));
    expect([large.status, large.headers.get('x-should-retry'), large.headers.get('retry-after')]).toEqual([
      429,
      'false',
      null,
    ]);
  });

  it('admit no more requests at once, return the lease at the end, and consume no other limit', async () => {
    const { key } = await newKey({ requestsAtOnce: 3, requestsPerMinute: 1_000 });
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let running = 0;
    gateway.worker.chat = async (_job, send) => {
      running += 1;
      await released;
      await send(chunk({ content: 'x' }, 'stop'), end);
    };
    const waiting = Array.from({ length: 12 }, () => post(key));
    await eventually(() => running === 3);
    const refused = await post(key);
    expect([refused.status, (await errorOf(refused)).message]).toEqual([
      429,
      'This API key is limited to 3 requests at once. Send the request again when one has ended',
    ]);
    expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('997');
    release();
    expect(await statuses(waiting)).toEqual({ 200: 3, 429: 9 });
    await eventually(async () => (await post(key)).status === 200);
  });

  it('return the lease of a client that leaves', async () => {
    const { key } = await newKey({ requestsAtOnce: 1 });
    let started = false;
    gateway.worker.chat = (_job, _send, { signal }) => {
      started = true;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    };
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${key}` };
    const left = gateway.call(CHAT, { json: chatBody(), headers, signal: leaving.signal }).catch(() => 'left');
    await eventually(() => started);
    expect((await post(key)).status).toBe(429);
    leaving.abort();
    expect(await left).toBe('left');
    gateway.worker.chat = async (_job, send) => send(chunk({ content: 'x' }, 'stop'), end);
    await eventually(async () => (await post(key)).status === 200);
  });

  it('are given back by a request that is refused afterwards', async () => {
    const { key } = await newKey({ requestsPerMinute: 1, spendPerDayMicros: 50_000_000 });
    gateway.billing.balanceMicros = 0;
    for (let n = 0; n < 3; n += 1) {
      const answer = await post(key, IMAGES, { model: 'gpt-image-1.5', prompt: 'x' });
      expect([n, answer.status]).toEqual([n, 402]);
    }
    gateway.billing.balanceMicros = 10_000_000;
    expect((await post(key)).status).toBe(200);
  });

  it('of an organization count the requests of all its keys', async () => {
    const organizationId = (await gateway.database.organizations.ensure({ slug: 'limited', name: 'Limited' })).id;
    await gateway.database.organizations.changeLimits(organizationId, { requestsPerMinute: 6 });
    const keys = await Promise.all(['a', 'b', 'c'].map((name) => gateway.newKey(name, {}, organizationId)));
    const answers = keys.flatMap(({ key }) => Array.from({ length: 10 }, () => post(key)));
    expect(await statuses(answers)).toEqual({ 200: 6, 429: 24 });
    const [{ key } = { key: '' }] = keys;
    expect((await errorOf(await post(key))).message).toContain('Your organization is limited to 6 requests per minute');
  });

  it('of the spend count recorded charges and running estimates, and follow the ledger', async () => {
    const charge = async (keyId: string, requestId: string, cost: number): Promise<void> => {
      const record = aUsageRecord({ organizationId: gateway.organizationId, keyId, requestId });
      await ledgerStore(database).apply([{ record, costMicros: micros(cost), unpriced: false }]);
    };
    const { key, id } = await newKey({ spendPerDayMicros: 20_000 });
    const dryRun = await post(key, `${CHAT}?dryRun=true`, chatBody({ max_tokens: 1_000 }));
    const { total_cost_micros: estimate } = (await dryRun.json()) as { total_cost_micros: number };
    const fit = Math.floor(20_000 / estimate);
    expect(fit).toBeGreaterThan(1);
    const answers = await Promise.all(
      Array.from({ length: fit + 20 }, () => post(key, CHAT, chatBody({ max_tokens: 1_000 }))),
    );
    const admitted = answers.filter(({ status }) => status === 200);
    expect(admitted).toHaveLength(fit);
    const refused = answers.find(({ status }) => status === 429);
    if (refused === undefined) throw new Error('No request was refused');
    expect(await errorOf(refused)).toMatchObject({
      code: 'SPEND_LIMIT_EXCEEDED',
      type: 'insufficient_quota',
      message: expect.stringContaining('This API key may spend $0.02 per day (UTC)') as unknown,
    });
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // The charges are a tenth of the estimates: recorded, they make room.
    for (const { headers } of admitted) {
      await charge(id, headers.get('x-lumenfall-request-id') ?? '', Math.floor(estimate / 10));
    }
    await eventually(async () => (await post(key, CHAT, chatBody({ max_tokens: 1_000 }))).status === 200);
    await charge(id, newRequestId(), 20_000);
    await eventually(async () => (await post(key, CHAT, chatBody({ max_tokens: 1_000 }))).status === 429);
  });
}

describe('limits on PostgreSQL', () => limitsOn());
describeWithRedis('limits on Redis', () => limitsOn(testRedisUrl));

describe('the limits', () => {
  const gateway = new RunningGateway();
  let database: Client;
  beforeAll(async () => {
    await gateway.start();
    database = openClient(gateway.environment['DATABASE_URL'] ?? '', { maxConnections: 1 });
  });
  afterAll(async () => {
    await database.$disconnect();
    await gateway.stop();
  });
  const image =
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  /** A valid body for every route that costs money, without its prefix. */
  const BILLABLE: Record<string, object> = {
    '/chat/completions': chatBody(),
    '/images': { model: 'gpt-image-1.5', prompt: 'x' },
    '/images/generations': { model: 'gpt-image-1.5', prompt: 'x' },
    '/images/edits': { model: 'gpt-image-1.5', prompt: 'x', image },
    '/videos': { model: 'sora-2', prompt: 'x' },
  };

  /** These take money in or belong to the operator; none starts work at a provider. */
  const isFree = (pattern: string): boolean =>
    /^\/admin\/|^\/v1\/(?:top_ups|card_setups)$|^\/webhooks\/stripe$/.test(pattern);

  it('cannot be skipped by any route that takes a POST request', async () => {
    const { key } = await gateway.newKey('exhausted', { limits: { requestsPerMinute: 1 } });
    const call = (path: string, json: object): Promise<Response> =>
      gateway.call(path, { json, headers: { authorization: `Bearer ${key}` } });
    expect((await call(CHAT, chatBody())).status).toBe(200);
    const routes = gateway.routes().filter(({ method, pattern }) => method === 'POST' && !isFree(pattern));
    expect(routes.length).toBeGreaterThan(5);
    for (const { pattern } of routes) {
      const body = BILLABLE[pattern.replace(/^(?:\/openai)?\/v1/, '')];
      // A new route needs a body in BILLABLE, or a reason in isFree why it costs nothing.
      expect([pattern, body === undefined]).toEqual([pattern, false]);
      const answer = await call(pattern, body ?? {});
      expect([pattern, answer.status, (await errorOf(answer)).code]).toEqual([pattern, 429, 'RATE_LIMITED']);
    }
  });

  it('fail closed while they cannot be checked, and keys without limits are served', async () => {
    const { key } = await gateway.newKey('closed', { limits: { requestsPerMinute: 100 } });
    const call = () => gateway.call(CHAT, { json: chatBody(), headers: { authorization: `Bearer ${key}` } });
    expect((await call()).status).toBe(200);
    await database.$executeRaw`ALTER TABLE bullmq.lumenfall_limit_slot RENAME TO elsewhere`;
    try {
      const answer = await call();
      expect([answer.status, (await errorOf(answer)).code, answer.headers.get('retry-after')]).toEqual([
        503,
        'OVERLOADED',
        '2',
      ]);
      expect((await gateway.call(CHAT, { json: chatBody() })).status).toBe(200);
    } finally {
      await database.$executeRaw`ALTER TABLE bullmq.elsewhere RENAME TO lumenfall_limit_slot`;
    }
    expect((await call()).status).toBe(200);
  });
});
