import type { ChatBody } from '@lumenfall/contracts';
import { contextFor, SECRET } from '../contract/call-context.js';
import { openAiWay, openAiWire } from '../contract/chat-bodies.js';
import { chatContract } from '../contract/chat-contract.js';
import { collect, textOf } from '../contract/chat-events.js';
import { recorded, type ReplayServer, startReplayServer } from '../contract/replay-server.js';
import { openRouter } from './adapter.js';

const CONTENT = { headers: { 'content-type': 'application/json' } };

chatContract({
  provider: 'openrouter',
  chat: openRouter.chat,
  model: 'the-model',
  way: openAiWay(SECRET),
  wire: openAiWire('system'),
  finishReason: '"finish_reason":"stop"',
  showsThoughts: true,
  fixtures: {
    stream: recorded('openrouter', 'chat-stream.sse'),
    whole: recorded('openai', 'chat-completion.json'),
    empty: recorded('openai', 'chat-empty.sse'),
    tools: recorded('openrouter', 'chat-two-calls.sse'),
    reasoning: recorded('openrouter', 'chat-reasoning.sse'),
    length: recorded('openrouter', 'chat-length.sse'),
    moderated: recorded('openrouter', 'error-403-moderation.json', { status: 403 }),
    rate: { ...CONTENT, body: '{"error":{"code":429,"message":"Rate limited"}}' },
    refusal: { ...CONTENT, status: 400, body: '{"error":{"code":400,"message":"bad"}}' },
    refusedKey: { ...CONTENT, status: 401, body: `{"error":{"code":401,"message":"No auth for ${SECRET}"}}` },
    overloaded: recorded('openrouter', 'error-503.json', { status: 503 }),
  },
});

describe('OpenRouter', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());

  const body: ChatBody = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
  const ask = () => collect(openRouter.chat.streamChat(body, contextFor(server.url, 'openrouter')));

  it('reports the cost of the answer', async () => {
    server.reply(recorded('openrouter', 'chat-stream.sse'));
    expect((await ask()).at(-1)).toMatchObject({
      type: 'end',
      usage: { cost: 0.0000495, prompt_tokens_details: { cached_tokens: 4 } },
    });
  });

  it('reports an error after the first text as a failure, without the address in it', async () => {
    server.reply(recorded('openrouter', 'chat-late-error.sse'));
    const events = await ask();
    expect(textOf(events)).toBe('Grü');
    expect(events.at(-1)).toEqual({
      type: 'failure',
      failure: {
        kind: 'transient',
        message: 'Provider disconnected unexpectedly: upstream [address] reset',
        status: 502,
        retryAfterMs: null,
      },
    });
  });

  it('reports an error before the first text as the only event', async () => {
    server.reply(recorded('openrouter', 'chat-early-error.sse'));
    expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'rate', status: 429 } }]);
  });

  it('reports an error in the body of a 200 as a failure', async () => {
    server.reply(recorded('openrouter', 'error-200.json'));
    expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'transient', status: 502 } }]);
  });

  it.each([
    [402, 'error-402.json', 'auth'],
    [403, 'error-403-moderation.json', 'moderation'],
    [403, 'error-403-permission.json', 'auth'],
    [503, 'error-503.json', 'transient'],
  ])('reports a %d with %s as %s', async (status, name, kind) => {
    server.reply(recorded('openrouter', name, { status }));
    expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind, status } }]);
  });
});
