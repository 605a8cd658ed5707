import type { ChatChunk } from '@lumenfall/contracts';
import { GENERATION } from '@lumenfall/providers';
import { aChatJob } from '../../test/chat-job.js';
import { chunk, end, failure, scriptedChats, type Script } from '../../test/scripted-chat.js';
import { runChatRoute } from './run-chat-route.js';

async function run(
  scripts: Parameters<typeof scriptedChats>[0],
  providers = Object.keys(scripts) as ('openrouter' | 'openai')[],
) {
  const chats = scriptedChats(scripts);
  const chunks: ChatChunk[] = [];
  const { signal } = new AbortController();
  const result = await runChatRoute(aChatJob(providers), {
    door: chats.door,
    limits: GENERATION,
    signal,
    onChunk: (each) => chunks.push(each),
  });
  return { ...result, asked: chats.asked, chunks };
}

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
    const { asked, attempts } = await run({ openai: [chunk('a'), end()] }, ['openrouter', 'openai']);
    expect([asked, attempts.map(({ failure: kind }) => kind)]).toEqual([['openai'], ['auth', null]]);
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

  it('neither passes on nor counts what comes after the client left', async () => {
    const controller = new AbortController();
    const chats = scriptedChats({ openrouter: [chunk('a'), chunk('b'), end()], openai: [chunk('never')] });
    const result = await runChatRoute(aChatJob(['openrouter', 'openai']), {
      door: chats.door,
      limits: GENERATION,
      signal: controller.signal,
      onChunk: () => controller.abort('cancelled'),
    });
    expect([result.delivered.text(), result.failure?.kind, chats.asked]).toEqual(['a', 'cancelled', ['openrouter']]);
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
