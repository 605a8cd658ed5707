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
import { openChatHarness, type ChatHarness } from './chat-harness.js';
import { chunk, end, failure, scriptedChats } from './scripted-chat.js';

const textOf = (parts: ReplyPart[]): string =>
  parts.map((part) => (part.type === 'chunk' ? (part.chunk.choices[0]?.delta.content ?? '') : '')).join('');

function chatsThroughTheQueue(queueUrl: () => string): void {
  let harness: ChatHarness;
  beforeEach(async () => (harness = await openChatHarness(queueUrl())));
  afterEach(() => harness.close());

  it('a chat arrives in order, with its cost, and is recorded before its last part', async () => {
    const words = Array.from({ length: 40 }, (_, index) => `${String(index)} `);
    const usage = { prompt_tokens: 1000, completion_tokens: 500 };
    await harness.startWorker(scriptedChats({ openrouter: [...words.map((word) => chunk(word)), end(usage)] }));
    const job = aChatJob();
    const chat = await harness.ask(job);
    const last = await chat.last();
    expect(await harness.waitingRecords()).toBe(1);
    expect(last).toMatchObject({
      type: 'chat-end',
      usage,
      metadata: { cost: 0.002, executed_model: 'openrouter/openai/gpt-5.4-mini' },
    });
    expect(textOf(chat.parts())).toBe(words.join(''));
    expect(chat.messages.map(({ run, seq }) => [run, seq])).toEqual(chat.messages.map((_, index) => [1, index]));
    const records = await harness.records(job.requestContext.requestId);
    expect(records).toMatchObject([{ status: 'completed', errorCode: null, attempts: [{ status: 'succeeded' }] }]);
  });

  it('the answer for a client that does not stream arrives in one message', async () => {
    await harness.startWorker(
      scriptedChats({ openrouter: [chunk('a'), chunk('b'), end({ prompt_tokens: 1, completion_tokens: 2 })] }),
    );
    const job = aChatJob();
    const chat = await harness.ask({ ...job, body: { ...job.body, stream: false } });
    await chat.last();
    expect(chat.messages).toHaveLength(1);
  });

  it('the first part of a stream arrives before the rest', async () => {
    let goOn: (value: unknown) => void = () => undefined;
    const gate = new Promise((resolve) => (goOn = resolve));
    await harness.startWorker(scriptedChats({ openrouter: [chunk('first'), gate, chunk('rest'), end()] }));
    const chat = await harness.ask(aChatJob());
    await eventually(() => textOf(chat.parts()) === 'first');
    goOn(null);
    await chat.last();
    expect(textOf(chat.parts())).toBe('firstrest');
  });

  it('a stream that its client leaves is cancelled upstream and charged for the delivered text', async () => {
    const chats = scriptedChats({ openrouter: [chunk('one two three'), 'wait for abort'] });
    await harness.startWorker(chats);
    const job = aChatJob();
    const chat = await harness.ask(job);
    await eventually(() => chat.parts().length > 0);
    await chat.listener.cancel();
    expect(await chat.last()).toMatchObject({ type: 'error', error: { code: 'CANCELLED' } });
    expect(chats.signals.map(({ aborted }) => aborted)).toEqual([true]);
    const [record, ...more] = await harness.records(job.requestContext.requestId);
    expect(record).toMatchObject({ status: 'cancelled', provider: 'openrouter', charge: { estimated: true } });
    expect(record?.charge.quantities).toEqual([
      { type: 'input', metric: 'token', quantity: 10 },
      { type: 'output', metric: 'token', quantity: 3 },
    ]);
    expect(more).toEqual([]);
  });

  it('a chat that its client leaves before the first part costs nothing', async () => {
    const chats = scriptedChats({ openrouter: ['wait for abort'] });
    await harness.startWorker(chats);
    const job = aChatJob();
    const chat = await harness.ask(job);
    await eventually(() => chats.asked.length === 1);
    await chat.listener.cancel();
    await chat.last();
    expect(await harness.records(job.requestContext.requestId)).toMatchObject([
      { status: 'cancelled', charge: { quantities: [], reportedCostUsd: null } },
    ]);
  });

  it('a chat cancelled while it waits is recorded without a call to a provider', async () => {
    const job = aChatJob();
    const chat = await harness.ask(job);
    await chat.listener.cancel();
    const chats = scriptedChats({ openrouter: [chunk('never'), end()] });
    await harness.startWorker(chats);
    await chat.last();
    expect(chats.asked).toEqual([]);
    expect(await harness.records(job.requestContext.requestId)).toMatchObject([{ status: 'cancelled', attempts: [] }]);
  });

  it('a broken stream ends with an error and costs the delivered text', async () => {
    await harness.startWorker(scriptedChats({ openrouter: [chunk('half of it'), failure('transient')] }));
    const job = aChatJob();
    const chat = await harness.ask(job);
    expect(await chat.last()).toMatchObject({ type: 'error', error: { code: 'UPSTREAM_ERROR' } });
    expect(textOf(chat.parts())).toBe('half of it');
    const [record] = await harness.records(job.requestContext.requestId);
    expect(record).toMatchObject({
      status: 'upstream_failure',
      errorCode: 'UPSTREAM_ERROR',
      charge: { estimated: true },
    });
    expect(record?.charge.quantities.length).toBe(2);
  });

  it('a chat that all providers fail costs nothing and names the last failure', async () => {
    await harness.startWorker(scriptedChats({ openrouter: [failure('auth', 401)], openai: [failure('timeout')] }));
    const job = aChatJob(['openrouter', 'openai']);
    const last = await (await harness.ask(job)).last();
    expect(last).toMatchObject({
      error: { code: 'ALL_PROVIDERS_EXHAUSTED', message: 'All providers failed. openai: scripted timeout' },
    });
    expect(await harness.records(job.requestContext.requestId)).toMatchObject([
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

  it('a chat ends at its deadline', async () => {
    await harness.startWorker(scriptedChats({ openrouter: ['wait for abort'] }));
    const job = aChatJob(['openrouter'], { deadline: Date.now() + 300 });
    expect(await (await harness.ask(job)).last()).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(await harness.records(job.requestContext.requestId)).toMatchObject([
      { status: 'upstream_failure', errorCode: 'TIMEOUT' },
    ]);
  });

  it('a chat is handed to another worker at shutdown and recorded once', async () => {
    const leaving = scriptedChats({ openrouter: [chunk('half'), 'wait for abort'] });
    const first = await harness.startWorker(leaving);
    const job = aChatJob();
    const chat = await harness.ask(job);
    await eventually(() => chat.parts().length > 0);
    await Promise.all([
      first.close(50),
      harness.startWorker(
        scriptedChats({ openrouter: [chunk('whole'), end({ prompt_tokens: 1, completion_tokens: 1 })] }),
      ),
    ]);
    expect(await chat.last()).toMatchObject({ type: 'chat-end' });
    const again = chat.messages.filter(({ run }) => run > 1);
    expect(textOf(again.flatMap(({ parts }) => parts))).toBe('whole');
    expect(again[0]?.seq).toBe(0);
    await pause(200);
    expect(await harness.records(job.requestContext.requestId)).toMatchObject([{ status: 'completed' }]);
  });

  it('a chat whose job cannot be read ends with an error and a record', async () => {
    await harness.startWorker(scriptedChats({}));
    const job = aChatJob();
    const unreadable = { ...job, plan: { ...job.plan, route: [] } };
    expect(await (await harness.ask(unreadable)).last()).toMatchObject({
      type: 'error',
      error: { code: 'OVERLOADED' },
    });
    expect(await harness.records(job.requestContext.requestId)).toMatchObject([
      { status: 'upstream_failure', charge: { quantities: [] } },
    ]);
  });
}

describe('chat worker on PostgreSQL', () => {
  let database: FreshDatabase;
  beforeAll(async () => (database = await freshDatabase()));
  afterAll(() => database.drop());
  chatsThroughTheQueue(() => database.url);
});

describeWithRedis('chat worker on Redis', () => {
  chatsThroughTheQueue(testRedisUrl);
});
