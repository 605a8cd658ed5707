import type { ChatChunk, Plan, ProviderSlug } from '@lumenfall/contracts';
import { HealthWatch } from '@lumenfall/execution';
import { GENERATION, type ChatEvent, type ChatProvider, type ProviderEndpoint } from '@lumenfall/providers';
import { createLogger } from '@lumenfall/service-kit';
import { aChatJob } from '../../test/chat-job.js';
import { chunk, end, failure, scriptedChats, type Script } from '../../test/scripted-chat.js';
import { runChatRoute } from './chat-route.js';

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

describe('runChatRoute', () => {
  it('takes the answer of the first offering that answers', async () => {
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
    'fails over to the next offering after %s',
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

  it.each(['client', 'moderation', 'cancelled', 'ambiguous'] as const)('ends the request after %s', async (kind) => {
    const { asked, failure: failed } = await run({ openrouter: [failure(kind, 400)], openai: [chunk('a'), end()] });
    expect([asked, failed?.kind]).toEqual([['openrouter'], kind]);
  });

  it('does not fail over once a chunk was forwarded', async () => {
    const {
      asked,
      failure: failed,
      delivered,
    } = await run({ openrouter: [chunk('half'), failure('transient')], openai: [chunk('a'), end()] });
    expect([asked, failed?.kind, delivered.text()]).toEqual([['openrouter'], 'transient', 'half']);
  });

  it('skips a provider without a credential', async () => {
    const { asked, attempts, choice } = await run({ openai: answer }, { providers: ['openrouter', 'openai'] });
    expect([asked, attempts.length]).toEqual([['openai'], 1]);
    expect(choice.passedOver).toEqual([{ executedModel: 'openrouter/openai/gpt-5.4-mini', why: 'no-credential' }]);
  });

  it('reports that no provider is configured if none has a credential', async () => {
    const { attempts, failure: failed } = await run({}, { providers: ['openrouter'] });
    expect([attempts, failed]).toMatchObject([[], { kind: 'auth', message: 'openrouter is not configured here' }]);
  });

  it('treats a stream that closes without an end as broken', async () => {
    const { failure: failed } = await run({ openrouter: [chunk('a')] });
    expect(failed?.kind).toBe('transient');
  });

  it('keeps usage that a chunk carried before the stream broke', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    const script: Script = [chunk('a'), chunk('', { choices: [], usage }), failure('transient')];
    expect((await run({ openrouter: script })).usage).toEqual(usage);
  });

  it('keeps usage that came with the failure of a broken stream', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    const broke = { ...failure('transient'), usage } as ChatEvent;
    expect((await run({ openrouter: [chunk('a'), broke] })).usage).toEqual(usage);
  });

  it('neither forwards nor counts chunks after the client left', async () => {
    const controller = new AbortController();
    const scripts: Scripts = { openrouter: [chunk('a'), chunk('b'), end()], openai: [chunk('never')] };
    const onChunk = (): void => controller.abort('cancelled');
    const { delivered, failure: failed, asked } = await run(scripts, { signal: controller.signal, onChunk });
    expect([delivered.text(), failed?.kind, asked]).toEqual(['a', 'cancelled', ['openrouter']]);
  });

  it.each([
    ['its end', end()],
    ['its failure', failure('transient')],
  ])('closes the stream after the event for %s', async (_what, last) => {
    const closed: string[] = [];
    const adapter: ChatProvider = {
      reports: [],
      async *streamChat() {
        try {
          yield chunk('a');
          yield last;
          yield chunk('never');
        } finally {
          closed.push('the stream');
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
    expect(closed).toEqual(['the stream']);
  });

  it('counts reasoning and tool calls as delivered text', async () => {
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

describe('runChatRoute after a failure', () => {
  it('records for each attempt why it was made, and its credential', async () => {
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
      { share: 1, circuitState: 'healthy' },
      { credential: 'openai#test' },
      { share: 0 },
    ]);
  });

  it('retries a single offering after a pause', async () => {
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

  it('avoids a provider that has just rate-limited another chat', async () => {
    const health = new HealthWatch(null, log);
    const limited: Scripts = { openrouter: [failure('rate', 429, 30_000)], openai: answer };
    expect((await run(limited, { health })).asked).toEqual(['openrouter', 'openai']);
    expect((await run(limited, { health })).asked).toEqual(['openai']);
    const alone = await run(limited, { health, providers: ['openrouter'] });
    expect([alone.asked, alone.failure]).toMatchObject([[], { kind: 'rate' }]);
    expect(alone.failure?.retryAfterMs).toBeGreaterThan(29_000);
  });

  it('does not fail over if the client forced the provider', async () => {
    const { asked, attempts } = await run({ openrouter: [failure('transient')] }, { plan: { forced: true } });
    expect([asked, attempts]).toMatchObject([['openrouter'], [{ chosen: 'forced' }]]);
  });
});

describe('hedgedCall', () => {
  const slow: Script = ['wait for abort'];

  it('waits for a slow provider if hedging is off', async () => {
    const aMoment = new Promise((resolve) => setTimeout(resolve, 30));
    const { asked } = await run({ openrouter: [aMoment, ...answer], openai: answer });
    expect(asked).toEqual(['openrouter']);
  });

  it('takes the call that answers first and aborts the other at no cost', async () => {
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

  /** The first answers only after the second was called, however slow the machine is. */
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

  it('stays with the first call if the hedge is not faster', async () => {
    const { attempts, offering } = await run(afterTheOther(answer, slow), { hedgeAfterMs: 20 });
    expect(offering.provider).toBe('openrouter');
    expect(attempts).toMatchObject([
      { chosen: 'hedge', failure: 'cancelled' },
      { chosen: 'preferred', failure: null },
    ]);
  });

  it('records a failed hedge as an attempt and fails over if both calls failed', async () => {
    const scripts: Scripts = { ...afterTheOther([failure('timeout')], [failure('timeout')]), fal: answer };
    const { attempts } = await run(scripts, { hedgeAfterMs: 20 });
    expect(attempts.map(({ provider, chosen, failure: kind }) => [provider, chosen, kind])).toEqual([
      ['openai', 'hedge', 'timeout'],
      ['openrouter', 'preferred', 'timeout'],
      ['fal', 'next', null],
    ]);
  });

  it('ends at a verdict on the request from either call', async () => {
    const { failure: failed, signals } = await run(
      { openrouter: slow, openai: [failure('client', 400)] },
      { hedgeAfterMs: 20 },
    );
    expect([failed?.kind, signals[0]?.aborted]).toEqual(['client', true]);
  });
});
