import { describeWithRedis, eventually, testRedisUrl } from '@lumenfall/testing';
import OpenAI from 'openai';
import { chatBody, errorOf, RunningGateway } from './running-gateway.js';
import { chatMetadata } from '../src/chat/chat-events.js';
import { chunk, end, metadata } from './scripted-worker.js';

const CHAT = '/openai/v1/chat/completions';

describe('chat on PostgreSQL', () => chats(() => undefined));
describeWithRedis('chat on Redis', () => chats(testRedisUrl));

interface Answer {
  id: string;
  model: string;
  choices: { message: { content: string } }[];
}

/** The `data:` lines of a stream, parsed; comments left out. */
async function eventsOf(answer: Response): Promise<unknown[]> {
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('data: '));
  return lines.map((line) => (line === 'data: [DONE]' ? 'DONE' : (JSON.parse(line.slice(6)) as unknown)));
}

function chats(queueUrl: () => string | undefined): void {
  const gateway = new RunningGateway();
  beforeAll(() => gateway.start({}, queueUrl()));
  afterAll(() => gateway.stop());
  const hello = gateway.worker === undefined ? null : gateway.worker.chat;
  beforeEach(() => {
    gateway.worker.chat =
      hello ?? (async (_job, send) => send(chunk({ role: 'assistant', content: 'Hello' }), chunk({}, 'stop'), end));
    gateway.billing.low = false;
    gateway.billing.balanceMicros = 10_000_000;
    gateway.billing.holds.clear();
  });

  it('answers at once, with the cost and the route', async () => {
    const answer = await gateway.call(CHAT, { json: chatBody() });
    const id = answer.headers.get('x-lumenfall-request-id') ?? '';
    expect(await answer.json()).toMatchObject({
      id: `chatcmpl-${id.slice(4)}`,
      object: 'chat.completion',
      model: 'openai/gpt-5.4-mini',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
      metadata: chatMetadata(metadata).metadata,
      lumenfall: { attempts: [] },
    });
    expect(answer.status).toBe(200);
    expect([answer.headers.get('x-lumenfall-provider'), answer.headers.get('x-lumenfall-model')]).toEqual([
      'openrouter',
      'openai/gpt-5.4-mini',
    ]);
  });

  it('hands the worker the body as it came, and the context of the request', async () => {
    let seen: unknown;
    gateway.worker.chat = async (job, send) => {
      seen = job;
      await send(chunk({ content: 'x' }), end);
    };
    const headers = {
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'x-lumenfall-session-id': 's1',
    };
    await gateway.call(CHAT, { json: chatBody({ user: 'u', tools: [{ type: 'function' }], odd: { a: 1 } }), headers });
    expect(seen).toMatchObject({
      requestContext: {
        organizationId: gateway.organizationId,
        endpoint: CHAT,
        user: 'u',
        sessionId: 's1',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      },
      body: chatBody({ user: 'u', tools: [{ type: 'function' }], odd: { a: 1 } }),
    });
  });

  it.each(['/v1/chat/completions', CHAT, '/openai/v1//chat/completions', `${CHAT}/`])(
    'is found at %s',
    async (path) => {
      expect((await gateway.call(path, { json: chatBody() })).status).toBe(200);
    },
  );

  it('streams every part as it comes', async () => {
    let goOn: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (goOn = resolve));
    gateway.worker.chat = async (_job, send) => {
      await send(chunk({ role: 'assistant', content: 'Hel' }));
      await waiting;
      await send(chunk({ content: 'lo' }), chunk({}, 'stop'));
      await send(end);
    };
    const answer = await gateway.call(CHAT, { json: chatBody({ stream: true }) });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(answer.headers.get('x-lumenfall-request-id')).toMatch(/^req_/);
    goOn(); // the headers arrived while the worker was still waiting
    const events = (await eventsOf(answer)) as { id: string; model: string; usage?: unknown }[];
    expect(events).toMatchObject([
      { object: 'chat.completion.chunk', choices: [{ delta: { content: 'Hel' } }] },
      { choices: [{ delta: { content: 'lo' } }] },
      { choices: [{ finish_reason: 'stop' }] },
      'DONE',
    ]);
    expect(new Set(events.slice(0, 3).map(({ id, model }) => `${id} ${model}`)).size).toBe(1);
    expect(events[0]).not.toHaveProperty('usage');
  });

  it('reports usage on a stream that asked for it', async () => {
    const answer = await gateway.call(CHAT, {
      json: chatBody({ stream: true, stream_options: { include_usage: true } }),
    });
    const events = await eventsOf(answer);
    expect(events.slice(-2)).toMatchObject([
      { choices: [], usage: { total_tokens: 5 }, metadata: { cost: '0.002' }, lumenfall: { attempts: [] } },
      'DONE',
    ]);
    expect(events[0]).toMatchObject({ usage: null });
  });

  it('works with the OpenAI SDK, plain and streamed', async () => {
    const client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.service.url}/openai/v1`, maxRetries: 0 });
    const params = { model: 'openai/gpt-5.4-mini', messages: [{ role: 'user' as const, content: 'Hi' }] };
    expect((await client.chat.completions.create(params)).choices[0]?.message.content).toBe('Hello');
    let text = '';
    for await (const part of await client.chat.completions.create({ ...params, stream: true }))
      text += part.choices[0]?.delta.content ?? '';
    expect(text).toBe('Hello');
  });

  it('answers a failure before the first part as an HTTP error that must not be repeated blindly', async () => {
    gateway.worker.chat = async (_job, send) =>
      send({
        type: 'error',
        error: { code: 'ALL_PROVIDERS_EXHAUSTED', message: 'No provider answered', param: null },
        executedModel: 'openrouter/openai/gpt-5.4-mini',
      });
    for (const stream of [false, true]) {
      const answer = await gateway.call(CHAT, { json: chatBody({ stream }) });
      expect([answer.status, answer.headers.get('x-should-retry'), answer.headers.get('x-lumenfall-provider')]).toEqual(
        [502, 'false', 'openrouter'],
      );
      expect(await errorOf(answer)).toMatchObject({ code: 'ALL_PROVIDERS_EXHAUSTED', type: 'provider_error' });
    }
  });

  it('ends a stream that broke with an error and without [DONE]', async () => {
    gateway.worker.chat = async (_job, send) => {
      await send(chunk({ content: 'Hel' }));
      await send({
        type: 'error',
        error: { code: 'UPSTREAM_ERROR', message: 'The provider broke off', param: null },
        executedModel: null,
      });
    };
    const events = await eventsOf(await gateway.call(CHAT, { json: chatBody({ stream: true }) }));
    expect(events).toMatchObject([
      { choices: [{ delta: { content: 'Hel' } }] },
      { error: { code: 'UPSTREAM_ERROR', type: 'provider_error' } },
    ]);
  });

  it('forgets what a worker said that died, where nothing has left yet', async () => {
    gateway.worker.chat = async (job, send, context) => {
      const outbox = await gateway.engine.openOutbox();
      await send(chunk({ content: 'lost' }));
      const parts = [chunk({ content: 'kept' }), end];
      await outbox.send(job.replyTo, { requestId: job.requestContext.requestId, run: context.run + 1, seq: 0, parts });
      await outbox.close();
    };
    const answer = (await (await gateway.call(CHAT, { json: chatBody() })).json()) as Answer;
    expect(answer.choices[0]?.message.content).toBe('kept');
  });

  it('does not begin a stream twice', async () => {
    let hasBegun: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (hasBegun = resolve));
    gateway.worker.chat = async (job, send, context) => {
      const outbox = await gateway.engine.openOutbox();
      await send(chunk({ content: 'half' }));
      await begun;
      await outbox.send(job.replyTo, {
        requestId: job.requestContext.requestId,
        run: context.run + 1,
        seq: 0,
        parts: [chunk({ content: 'again' }), end],
      });
      await outbox.close();
    };
    const streamed = await gateway.call(CHAT, { json: chatBody({ stream: true }) });
    hasBegun();
    expect(await eventsOf(streamed)).toMatchObject([
      { choices: [{ delta: { content: 'half' } }] },
      { error: { code: 'INTERNAL_ERROR' } },
    ]);
  });

  it.each([true, false])('aborts the job of the worker when the client disconnects (stream: %p)', async (stream) => {
    let [begun, aborted] = [false, false];
    gateway.worker.chat = async (_job, send, { signal }) => {
      await send(chunk({ content: 'x' }));
      begun = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      aborted = true;
    };
    const leaving = new AbortController();
    const call = gateway
      .call(CHAT, { json: chatBody({ stream }), signal: leaving.signal })
      .then((answer) => answer.text());
    await eventually(() => begun);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await eventually(() => aborted);
  });

  it('estimates without running anything', async () => {
    gateway.worker.chat = () => Promise.reject(new Error('must not run'));
    const answer = await gateway.call(`${CHAT}?dryRun=true`, { json: chatBody({ max_tokens: 100 }) });
    const estimate = (await answer.json()) as { components: { metric: string }[]; total_cost_micros: number };
    expect(estimate).toMatchObject({
      estimated: true,
      model: 'openai/gpt-5.4-mini',
      provider: 'openrouter',
      currency: 'USD',
    });
    expect(Number.isInteger(estimate.total_cost_micros)).toBe(true);
    expect(estimate).not.toHaveProperty('id');
    expect(gateway.billing.holds.size).toBe(0);
  });

  it('takes a hold only where the balance is low, and refuses what it does not cover', async () => {
    await gateway.call(CHAT, { json: chatBody() });
    expect(gateway.billing.holds.size).toBe(0);
    gateway.billing.low = true;
    await eventually(async () => (await gateway.call(CHAT, { json: chatBody() })).ok && gateway.billing.holds.size > 0);
    gateway.billing.balanceMicros = 1;
    const refused = await gateway.call(CHAT, { json: chatBody() });
    expect([refused.status, await errorOf(refused)]).toMatchObject([
      402,
      { code: 'INSUFFICIENT_BALANCE', type: 'insufficient_quota' },
    ]);
  });
}
