import type { ReplyPart } from '@lumenfall/contracts';
import {
  describeWithRedis,
  eventually,
  freshDatabase,
  pause,
  testRedisUrl,
  type FreshDatabase,
} from '@lumenfall/testing';
import { aChatJob } from './chat-job.js';
import { openChatDesk, type ChatDesk } from './chat-desk.js';
import { chunk, end, failure, scriptedChats } from './scripted-chat.js';

const textOf = (parts: ReplyPart[]): string =>
  parts.map((part) => (part.type === 'chunk' ? (part.chunk.choices[0]?.delta.content ?? '') : '')).join('');

function chatsThroughTheQueue(queueUrl: () => string): void {
  let desk: ChatDesk;
  beforeEach(async () => (desk = await openChatDesk(queueUrl())));
  afterEach(() => desk.close());

  it('come back in order, with their cost, and are recorded before the client knows the end', async () => {
    const words = Array.from({ length: 40 }, (_, index) => `${String(index)} `);
    const usage = { prompt_tokens: 1000, completion_tokens: 500 };
    await desk.startWorker(scriptedChats({ openrouter: [...words.map((word) => chunk(word)), end(usage)] }));
    const job = aChatJob();
    const chat = await desk.ask(job);
    const last = await chat.last();
    // Nobody takes usage records yet: this one was waiting when the end arrived.
    expect(await desk.producer.state('usage', job.requestContext.requestId)).toBe('waiting');
    expect(last).toMatchObject({
      type: 'chat-end',
      usage,
      metadata: { cost: 0.002, executed_model: 'openrouter/openai/gpt-5.4-mini' },
    });
    expect(textOf(chat.parts())).toBe(words.join(''));
    expect(chat.messages.map(({ run, seq }) => [run, seq])).toEqual(chat.messages.map((_, index) => [1, index]));
    const records = await desk.records(job.requestContext.requestId);
    expect(records).toMatchObject([{ status: 'completed', errorCode: null, attempts: [{ status: 'succeeded' }] }]);
  });

  it('of a client that waits for the whole come in one message', async () => {
    await desk.startWorker(
      scriptedChats({ openrouter: [chunk('a'), chunk('b'), end({ prompt_tokens: 1, completion_tokens: 2 })] }),
    );
    const job = aChatJob();
    const chat = await desk.ask({ ...job, body: { ...job.body, stream: false } });
    await chat.last();
    expect(chat.messages).toHaveLength(1);
  });

  it('show their first part before the rest is there', async () => {
    let goOn: (value: unknown) => void = () => undefined;
    const gate = new Promise((resolve) => (goOn = resolve));
    await desk.startWorker(scriptedChats({ openrouter: [chunk('first'), gate, chunk('rest'), end()] }));
    const chat = await desk.ask(aChatJob());
    await eventually(() => textOf(chat.parts()) === 'first');
    goOn(null);
    await chat.last();
    expect(textOf(chat.parts())).toBe('firstrest');
  });

  it('that their client left are called off at the provider and settled for what was delivered', async () => {
    const chats = scriptedChats({ openrouter: [chunk('one two three'), 'wait for abort'] });
    await desk.startWorker(chats);
    const job = aChatJob();
    const chat = await desk.ask(job);
    await eventually(() => chat.parts().length > 0);
    await chat.listener.cancel();
    expect(await chat.last()).toMatchObject({ type: 'error', error: { code: 'CANCELLED' } });
    expect(chats.signals.map(({ aborted }) => aborted)).toEqual([true]);
    const [record, ...more] = await desk.records(job.requestContext.requestId);
    expect(record).toMatchObject({ status: 'cancelled', provider: 'openrouter', charge: { estimated: true } });
    expect(record?.charge.quantities).toEqual([
      { type: 'input', metric: 'token', quantity: 10 },
      { type: 'output', metric: 'token', quantity: 3 },
    ]);
    expect(more).toEqual([]);
  });

  it('that were left before anything came cost nothing', async () => {
    const chats = scriptedChats({ openrouter: ['wait for abort'] });
    await desk.startWorker(chats);
    const job = aChatJob();
    const chat = await desk.ask(job);
    await eventually(() => chats.asked.length === 1);
    await chat.listener.cancel();
    await chat.last();
    expect(await desk.records(job.requestContext.requestId)).toMatchObject([
      { status: 'cancelled', charge: { quantities: [], reportedCostUsd: null } },
    ]);
  });

  it('that were left while they waited are recorded without a provider being asked', async () => {
    const job = aChatJob();
    const chat = await desk.ask(job);
    await chat.listener.cancel();
    const chats = scriptedChats({ openrouter: [chunk('never'), end()] });
    await desk.startWorker(chats);
    await chat.last();
    expect(chats.asked).toEqual([]);
    expect(await desk.records(job.requestContext.requestId)).toMatchObject([{ status: 'cancelled', attempts: [] }]);
  });

  it('that broke are told as broken, and cost what was delivered', async () => {
    await desk.startWorker(scriptedChats({ openrouter: [chunk('half of it'), failure('transient')] }));
    const job = aChatJob();
    const chat = await desk.ask(job);
    expect(await chat.last()).toMatchObject({ type: 'error', error: { code: 'UPSTREAM_ERROR' } });
    expect(textOf(chat.parts())).toBe('half of it');
    const [record] = await desk.records(job.requestContext.requestId);
    expect(record).toMatchObject({
      status: 'upstream_failure',
      errorCode: 'UPSTREAM_ERROR',
      charge: { estimated: true },
    });
    expect(record?.charge.quantities.length).toBe(2);
  });

  it('that no provider answered cost nothing and name what the last one said', async () => {
    await desk.startWorker(scriptedChats({ openrouter: [failure('auth', 401)], openai: [failure('timeout')] }));
    const job = aChatJob(['openrouter', 'openai']);
    const last = await (await desk.ask(job)).last();
    expect(last).toMatchObject({
      error: { code: 'ALL_PROVIDERS_EXHAUSTED', message: 'All providers failed. openai: scripted timeout' },
    });
    expect(await desk.records(job.requestContext.requestId)).toMatchObject([
      {
        status: 'upstream_failure',
        executedModel: null,
        charge: { quantities: [] },
        attempts: [
          { failure: 'auth', credential: 'openrouter#test', chosen: 'preferred' },
          { failure: 'timeout', chosen: 'next' },
        ],
        choice: { order: [{ executedModel: 'openrouter/openai/gpt-5.4-mini', share: 1 }, {}] },
      },
    ]);
  });

  it('end at their deadline', async () => {
    await desk.startWorker(scriptedChats({ openrouter: ['wait for abort'] }));
    const job = aChatJob(['openrouter'], { deadline: Date.now() + 300 });
    expect(await (await desk.ask(job)).last()).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(await desk.records(job.requestContext.requestId)).toMatchObject([
      { status: 'upstream_failure', errorCode: 'TIMEOUT' },
    ]);
  });

  it('go to another worker when theirs leaves, and are recorded once', async () => {
    const leaving = scriptedChats({ openrouter: [chunk('half'), 'wait for abort'] });
    const first = await desk.startWorker(leaving);
    const job = aChatJob();
    const chat = await desk.ask(job);
    await eventually(() => chat.parts().length > 0);
    await Promise.all([
      first.close(50),
      desk.startWorker(
        scriptedChats({ openrouter: [chunk('whole'), end({ prompt_tokens: 1, completion_tokens: 1 })] }),
      ),
    ]);
    expect(await chat.last()).toMatchObject({ type: 'chat-end' });
    const again = chat.messages.filter(({ run }) => run > 1);
    expect(textOf(again.flatMap(({ parts }) => parts))).toBe('whole');
    expect(again[0]?.seq).toBe(0);
    await pause(200);
    expect(await desk.records(job.requestContext.requestId)).toMatchObject([{ status: 'completed' }]);
  });

  it('whose job cannot be read end with an answer and a record', async () => {
    await desk.startWorker(scriptedChats({}));
    const job = aChatJob();
    const unreadable = { ...job, plan: { ...job.plan, route: [] } };
    expect(await (await desk.ask(unreadable)).last()).toMatchObject({ type: 'error', error: { code: 'OVERLOADED' } });
    expect(await desk.records(job.requestContext.requestId)).toMatchObject([
      { status: 'upstream_failure', charge: { quantities: [] } },
    ]);
  });
}

describe('chats on PostgreSQL', () => {
  let database: FreshDatabase;
  beforeAll(async () => (database = await freshDatabase()));
  afterAll(() => database.drop());
  chatsThroughTheQueue(() => database.url);
});

describeWithRedis('chats on Redis', () => {
  chatsThroughTheQueue(testRedisUrl);
});
