import type { ChatChunk, Plan, ProviderSlug } from '@lumenfall/contracts';
import { HealthWatch } from '@lumenfall/execution';
import { GENERATION, type ChatEvent, type ChatProvider, type ProviderEndpoint } from '@lumenfall/providers';
import { createLogger } from '@lumenfall/service-kit';
import { aChatJob } from '../../test/chat-job.js';
import { chunk, end, failure, scriptedChats, type Script } from '../../test/scripted-chat.js';
import { runChatRoute } from './run-chat-route.js';

const log = createLogger('test', 'silent');
const anEndpoint: ProviderEndpoint = {
  provider: 'openrouter',
  baseUrl: 'http://127.0.0.1:9',
  apiKey: 'key',
  credential: 'openrouter#test',
  sandbox: true,
};

type Scripts = Parameters<typeof scriptedChats>[0];

interface Scene {
  providers?: ProviderSlug[];
  keys?: Parameters<typeof scriptedChats>[1];
  plan?: Partial<Plan>;
  health?: HealthWatch;
  hedgeAfterMs?: number;
  signal?: AbortSignal;
  onChunk?: () => void;
}

async function run(scripts: Scripts, scene: Scene = {}) {
  const { health = new HealthWatch(null, log), hedgeAfterMs = null, signal = new AbortController().signal } = scene;
  const chats = scriptedChats(scripts, scene.keys);
  const chunks: ChatChunk[] = [];
  const pauses: number[] = [];
  const job = aChatJob(scene.providers ?? (Object.keys(scripts) as ProviderSlug[]));
  const result = await runChatRoute(
    { ...job, plan: { ...job.plan, ...scene.plan } },
    {
      clients: chats.clients,
      health,
      limits: GENERATION,
      hedgeAfterMs,
      pause: async (ms) => void pauses.push(ms),
      signal,
      onChunk: (each) => {
        chunks.push(each);
        scene.onChunk?.();
      },
    },
  );
  return { ...result, ...chats, chunks, pauses };
}

const answer = [chunk('a'), end()];

describe('a chat on its route', () => {
  it('is answered by the first offering that answers', async () => {
    const {
      asked,
      chunks,
      failure: failed,
      usage,
      attempts,
    } = await run({
      openrouter: [chunk('a'), chunk('b'), end({ prompt_tokens: 3, completion_tokens: 2 })],
      openai: [chunk('never'), end()],
    });
    expect([asked, chunks.length, failed]).toEqual([['openrouter'], 2, null]);
    expect(usage).toEqual({ prompt_tokens: 3, completion_tokens: 2 });
    expect(attempts).toMatchObject([{ provider: 'openrouter', status: 'succeeded', failure: null }]);
  });

  it.each(['auth', 'rate', 'transient', 'timeout', 'empty'] as const)(
    'goes on to the next offering after %s',
    async (kind) => {
      const {
        asked,
        failure: failed,
        offering,
        attempts,
      } = await run({ openrouter: [failure(kind, 500)], openai: [chunk('a'), end()] });
      expect([asked, failed, offering.provider]).toEqual([['openrouter', 'openai'], null, 'openai']);
      expect(attempts).toMatchObject([
        { provider: 'openrouter', status: 'failed', failure: kind, message: `scripted ${kind}`, upstreamStatus: 500 },
        { provider: 'openai', status: 'succeeded' },
      ]);
    },
  );

  it.each(['client', 'moderation', 'cancelled'] as const)('ends at %s', async (kind) => {
    const { asked, failure: failed } = await run({ openrouter: [failure(kind, 400)], openai: [chunk('a'), end()] });
    expect([asked, failed?.kind]).toEqual([['openrouter'], kind]);
  });

  it('is never taken over once something has left for the client', async () => {
    const {
      asked,
      failure: failed,
      delivered,
    } = await run({ openrouter: [chunk('half'), failure('transient')], openai: [chunk('a'), end()] });
    expect([asked, failed?.kind, delivered.text()]).toEqual([['openrouter'], 'transient', 'half']);
  });

  it('passes over a provider without a key here', async () => {
    const { asked, attempts, choice } = await run({ openai: answer }, { providers: ['openrouter', 'openai'] });
    expect([asked, attempts.length]).toEqual([['openai'], 1]);
    expect(choice.passedOver).toEqual([{ executedModel: 'openrouter/openai/gpt-5.4-mini', why: 'no-credential' }]);
  });

  it('says so where no provider has a key here', async () => {
    const { attempts, failure: failed } = await run({}, { providers: ['openrouter'] });
    expect([attempts, failed]).toMatchObject([[], { kind: 'auth', message: 'openrouter is not configured here' }]);
  });

  it('takes an answer that just stops for a broken one', async () => {
    const { failure: failed } = await run({ openrouter: [chunk('a')] });
    expect(failed?.kind).toBe('transient');
  });

  it('keeps the usage of a stream that broke after it', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    const script: Script = [chunk('a'), chunk('', { choices: [], usage }), failure('transient')];
    expect((await run({ openrouter: script })).usage).toEqual(usage);
  });

  it('keeps what a provider had counted when its stream broke', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    const broke = { ...failure('transient'), usage } as ChatEvent;
    expect((await run({ openrouter: [chunk('a'), broke] })).usage).toEqual(usage);
  });

  it('neither passes on nor counts what comes after the client left', async () => {
    const controller = new AbortController();
    const scripts: Scripts = { openrouter: [chunk('a'), chunk('b'), end()], openai: [chunk('never')] };
    const onChunk = (): void => controller.abort('cancelled');
    const { delivered, failure: failed, asked } = await run(scripts, { signal: controller.signal, onChunk });
    expect([delivered.text(), failed?.kind, asked]).toEqual(['a', 'cancelled', ['openrouter']]);
  });

  it.each([
    ['its end', end()],
    ['its failure', failure('transient')],
  ])('lets go of a provider that has said %s', async (_what, last) => {
    const letGo: string[] = [];
    const adapter: ChatProvider = {
      async *streamChat() {
        try {
          yield chunk('a');
          yield last;
          yield chunk('never');
        } finally {
          letGo.push('the call');
        }
      },
    };
    await runChatRoute(aChatJob(['openrouter']), {
      clients: () => [{ adapter, endpoint: anEndpoint }],
      health: new HealthWatch(null, log),
      limits: GENERATION,
      hedgeAfterMs: null,
      signal: new AbortController().signal,
      onChunk: () => undefined,
    });
    expect(letGo).toEqual(['the call']);
  });

  it('counts thoughts and tool calls as delivered', async () => {
    const tool = chunk('', {
      choices: [
        {
          index: 0,
          delta: { reasoning: 'think ', tool_calls: [{ index: 0, function: { name: 'find', arguments: '{"a":1}' } }] },
        },
      ],
    });
    expect((await run({ openrouter: [tool, end()] })).delivered.text()).toBe('think find{"a":1}');
  });
});

describe('a chat that one provider failed', () => {
  it('says of each attempt why it was made, and with which key', async () => {
    const scripts: Scripts = { openrouter: [failure('rate', 429)], openai: answer };
    const { attempts, choice } = await run(scripts, { keys: { openrouter: ['one', 'two'] } });
    expect(attempts).toMatchObject([
      { chosen: 'preferred', failure: 'rate', costMicros: 0 },
      { chosen: 'other-credential', failure: 'rate' },
      { chosen: 'next', credential: 'openai#test', failure: null },
    ]);
    expect(
      attempts
        .slice(0, 2)
        .map(({ credential }) => credential)
        .sort(),
    ).toEqual(['one', 'two']);
    expect(choice.order).toMatchObject([
      { share: 1, standing: 'healthy' },
      { credential: 'openai#test' },
      { share: 0 },
    ]);
  });

  it('is asked for again after a pause, also where there is only one', async () => {
    const {
      attempts,
      failure: failed,
      pauses,
    } = await run({
      openrouter: (call) => (call < 2 ? [failure('transient', 500)] : answer),
    });
    expect([failed, attempts.map(({ chosen }) => chosen), pauses.length]).toEqual([
      null,
      ['only', 'again', 'again'],
      2,
    ]);
  });

  it('does not go where another chat has just been told to keep off', async () => {
    const health = new HealthWatch(null, log);
    const limited: Scripts = { openrouter: [failure('rate', 429, 30_000)], openai: answer };
    expect((await run(limited, { health })).asked).toEqual(['openrouter', 'openai']);
    expect((await run(limited, { health })).asked).toEqual(['openai']);
    const alone = await run(limited, { health, providers: ['openrouter'] });
    expect([alone.asked, alone.failure]).toMatchObject([[], { kind: 'rate' }]);
    expect(alone.failure?.retryAfterMs).toBeGreaterThan(29_000);
  });

  it('is not asked for elsewhere where its client forced the provider', async () => {
    const { asked, attempts } = await run({ openrouter: [failure('transient')] }, { plan: { forced: true } });
    expect([asked, attempts]).toMatchObject([['openrouter'], [{ chosen: 'forced' }]]);
  });
});

describe('a chat whose provider is slow to begin', () => {
  const slow: Script = ['wait for abort'];

  it('waits for it, unless it may ask another beside it', async () => {
    const aMoment = new Promise((resolve) => setTimeout(resolve, 30));
    const { asked } = await run({ openrouter: [aMoment, ...answer], openai: answer });
    expect(asked).toEqual(['openrouter']);
  });

  it('goes on with whoever begins first, and abandons the other at no cost', async () => {
    const { delivered, attempts, signals, last } = await run(
      { openrouter: slow, openai: answer },
      { hedgeAfterMs: 20 },
    );
    expect(delivered.text()).toBe('a');
    expect(signals[0]?.aborted).toBe(true);
    expect(signals[1]?.aborted).toBe(false);
    expect(attempts).toMatchObject([
      { provider: 'openrouter', failure: 'cancelled', costMicros: 0 },
      { provider: 'openai', failure: null, chosen: 'hedge' },
    ]);
    expect(last).toBe(attempts[1]);
  });

  /** The first speaks only once the second was asked, however slow the machine is. */
  const afterTheOther = (first: Script, second: Script): Scripts => {
    let wasAsked = (): void => undefined;
    const other = new Promise<void>((resolve) => (wasAsked = resolve));
    return {
      openrouter: [other.then(() => new Promise((resolve) => setTimeout(resolve, 20))), ...first],
      openai: () => {
        wasAsked();
        return second;
      },
    };
  };

  it('stays with it where the other is no faster', async () => {
    const { attempts, offering } = await run(afterTheOther(answer, slow), { hedgeAfterMs: 20 });
    expect(offering.provider).toBe('openrouter');
    expect(attempts).toMatchObject([
      { chosen: 'hedge', failure: 'cancelled' },
      { chosen: 'preferred', failure: null },
    ]);
  });

  it('takes the second one’s failure for one attempt, and both for a reason to go on', async () => {
    const scripts: Scripts = { ...afterTheOther([failure('timeout')], [failure('timeout')]), fal: answer };
    const { attempts } = await run(scripts, { hedgeAfterMs: 20 });
    expect(attempts.map(({ provider, chosen, failure: kind }) => [provider, chosen, kind])).toEqual([
      ['openai', 'hedge', 'timeout'],
      ['openrouter', 'preferred', 'timeout'],
      ['fal', 'next', null],
    ]);
  });

  it('ends at a verdict on the request, whoever says it', async () => {
    const { failure: failed, signals } = await run(
      { openrouter: slow, openai: [failure('client', 400)] },
      { hedgeAfterMs: 20 },
    );
    expect([failed?.kind, signals[0]?.aborted]).toEqual(['client', true]);
  });
});
