import type { ChatBody, ProviderSlug } from '@lumenfall/contracts';
import { anthropic } from '../anthropic/adapter.js';
import { contextFor } from '../contract/call-context.js';
import { collect, deltasOf, reasonOf, textOf } from '../contract/chat-events.js';
import { recorded, startReplayServer, type Reply, type ReplayServer } from '../contract/replay-server.js';
import { gemini } from '../gemini/adapter.js';
import { openAiCompatible } from '../openai-compatible/adapter.js';
import { openAi } from '../openai/adapter.js';
import { openRouter } from '../openrouter/adapter.js';
import type { ChatProvider } from '../spec/index.js';

interface Adapter {
  chat: ChatProvider;
  stream: [provider: string, fixture: string];
  whole: [provider: string, fixture: string];
  tooLong: object;
  /** Whether the provider takes `n` in a stream. */
  takesN: boolean;
}

const openAiError = {
  error: { message: "This model's maximum context length is 8192 tokens.", type: 'invalid_request_error', code: null },
};
const ADAPTERS: [ProviderSlug, Adapter][] = [
  [
    'openai',
    {
      chat: openAi.chat,
      stream: ['openai', 'chat-stream.sse'],
      whole: ['openai', 'chat-completion.json'],
      tooLong: { error: { message: 'Too long.', type: 'invalid_request_error', code: 'context_length_exceeded' } },
      takesN: true,
    },
  ],
  [
    'openai-compatible',
    {
      chat: openAiCompatible.chat,
      stream: ['openai-compatible', 'vllm-stream.sse'],
      whole: ['openai', 'chat-completion.json'],
      tooLong: openAiError,
      takesN: true,
    },
  ],
  [
    'openrouter',
    {
      chat: openRouter.chat,
      stream: ['openrouter', 'chat-stream.sse'],
      whole: ['openai', 'chat-completion.json'],
      tooLong: openAiError,
      takesN: true,
    },
  ],
  [
    'anthropic',
    {
      chat: anthropic.chat,
      stream: ['anthropic', 'chat-stream.sse'],
      whole: ['anthropic', 'message.json'],
      tooLong: {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
      },
      takesN: false,
    },
  ],
  [
    'gemini',
    {
      chat: gemini.chat,
      stream: ['gemini', 'chat-stream.sse'],
      whole: ['gemini', 'chat-whole.json'],
      tooLong: {
        error: {
          code: 400,
          message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
          status: 'INVALID_ARGUMENT',
        },
      },
      takesN: false,
    },
  ],
];

const TEXT = 'Grüße aus 東京 🗼!';

describe.each(ADAPTERS)('the chat adapter of %s', (provider, { chat, stream, whole, tooLong, takesN }) => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());

  const ask = (more: object = {}) => {
    const body = { model: 'x', messages: [{ role: 'user', content: 'Hi' }], ...more } as ChatBody;
    return collect(chat.streamChat(body, contextFor(server.url, provider, { model: 'the-model' })));
  };
  const sent = (): Record<string, unknown>[] =>
    server.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  const labelled = ([of, name]: [string, string], type: string | null, prefix = ''): Reply => ({
    headers: type === null ? {} : { 'content-type': type },
    body: prefix + (recorded(of, name).body as string),
  });

  it.each([
    ['application/json', ''],
    ['text/plain', ''],
    ['application/octet-stream', ''],
    [null, ''],
    ['text/event-stream', '\uFEFF'],
    ['application/json', '\r\n\r\n'],
  ])('reads an event stream with the content type %p after %j', async (type, prefix) => {
    server.reply(labelled(stream, type, prefix));
    const events = await ask();
    expect([textOf(events), reasonOf(events), events.at(-1)?.type]).toEqual([TEXT, 'stop', 'end']);
  });

  it.each([
    ['text/plain', ''],
    ['text/event-stream', ''],
    ['text/html', ''],
    [null, ''],
    ['application/json', '\uFEFF'],
    [null, '\n\n'],
  ])('reads a whole answer with the content type %p after %j', async (type, prefix) => {
    server.reply(labelled(whole, type, prefix));
    const events = await ask();
    expect([textOf(events), reasonOf(events), events.at(-1)?.type]).toEqual([TEXT, 'stop', 'end']);
  });

  it.each(['text/html', 'application/json', 'text/event-stream', null])(
    'reports a page of HTML under 200 with the content type %p as a transient failure without markup',
    async (type) => {
      server.reply({
        headers: type === null ? {} : { 'content-type': type },
        body: '<html><body>Sign in</body></html>',
      });
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'transient' } }]);
    },
  );

  it.each([
    [400, {}],
    [200, {}],
  ])(
    'reports a prompt that is too long, under the status %d, as the client’s failure of its own kind',
    async (status) => {
      server.reply({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(tooLong) });
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'client', problem: 'context-length' } }]);
    },
  );

  it('makes two choices for n=2', async () => {
    server.reply(recorded(...stream));
    const events = await ask({ n: 2 });
    expect(events.at(-1)?.type).toBe('end');
    if (takesN) return expect(sent()).toMatchObject([{ n: 2 }]);
    expect(sent()).toHaveLength(2);
    expect(JSON.stringify(sent())).not.toMatch(/"n":|candidateCount/);
    const choices = events.flatMap((event) => (event.type === 'chunk' ? event.chunk.choices : []));
    const textOfChoice = (index: number) =>
      choices.map((choice) => (choice.index === index ? (choice.delta.content ?? '') : '')).join('');
    expect([textOfChoice(0), textOfChoice(1)]).toEqual([TEXT, TEXT]);
  });

  it('answers a client of the older functions in its form', async () => {
    const tools: Partial<Record<ProviderSlug, string>> = {
      anthropic: 'chat-tool-calls.sse',
      gemini: 'chat-tool-calls.sse',
    };
    const name = tools[provider];
    const functions = [{ name: 'get_weather', parameters: {} }];
    server.reply(recorded(name === undefined ? stream[0] : provider, name ?? stream[1]));
    const events = await ask({ functions });
    if (name === undefined) return expect(sent()).toMatchObject([{ functions }]);
    const calls = deltasOf(events).map((delta) => delta['function_call'] as Record<string, string> | undefined);
    expect(calls.map((call) => call?.['name'] ?? '').join('')).toBe('get_weather');
    expect(JSON.parse(calls.map((call) => call?.['arguments'] ?? '').join(''))).toEqual({ city: 'Paris' });
    expect(reasonOf(events)).toBe('function_call');
    expect(deltasOf(events).some((delta) => delta.tool_calls)).toBe(false);
    expect(sent()[0]).not.toHaveProperty('functions');
  });

  it('declares the dimensions of its usage, each once', () => {
    const keys = chat.reports.map(({ type, metric, of }) => `${type} ${metric} ${of ?? 'text'}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(expect.arrayContaining(['input token text', 'output token text', 'cache_read token text']));
  });
});
