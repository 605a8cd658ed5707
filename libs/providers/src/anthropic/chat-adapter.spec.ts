import { contextFor, SECRET } from '../contract/call-context.js';
import { BODIES, PIXEL_DATA, SCHEMA } from '../contract/chat-bodies.js';
import { chatContract } from '../contract/chat-contract.js';
import { collect, textOf } from '../contract/chat-events.js';
import { recorded, startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import { anthropic } from './adapter.js';

const HI = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }];
const ALWAYS = { model: 'claude-haiku-4-5', stream: true };

chatContract({
  provider: 'anthropic',
  chat: anthropic.chat,
  model: 'claude-haiku-4-5',
  way: { path: '/messages', key: { 'x-api-key': SECRET, 'anthropic-version': '2023-06-01' } },
  wire: {
    plain: { ...ALWAYS, max_tokens: 32_000, messages: HI, top_k: 7 },
    settings: {
      ...ALWAYS,
      max_tokens: 100,
      temperature: 0.5,
      stop_sequences: ['END'],
      metadata: { user_id: 'u-1' },
    },
    system: {
      system: [
        { type: 'text', text: 'Be brief.' },
        { type: 'text', text: 'Be kind.' },
      ],
      messages: HI,
    },
    image: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL_DATA } },
          ],
        },
      ],
    },
    tools: {
      tools: [{ name: 'get_weather', description: 'Tells the weather', input_schema: SCHEMA }],
      tool_choice: { type: 'tool', name: 'get_weather' },
    },
    toolResults: {
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Weather in Paris and Rome?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Paris' } },
            { type: 'tool_use', id: 'call_2', name: 'get_weather', input: { city: 'Rome' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: 'rain' }] },
            { type: 'tool_result', tool_use_id: 'call_2', content: [{ type: 'text', text: '{"sky":"sun"}' }] },
          ],
        },
      ],
    },
    jsonSchema: { output_config: { format: { type: 'json_schema', schema: SCHEMA } } },
    reasoning: { max_tokens: 4_000, thinking: { type: 'enabled', budget_tokens: 2_000 } },
  },
  finishReason: '"stop_reason":"end_turn"',
  showsThoughts: true,
  fixtures: {
    stream: recorded('anthropic', 'chat-stream.sse'),
    whole: recorded('anthropic', 'message.json'),
    empty: recorded('anthropic', 'chat-empty.sse'),
    tools: recorded('anthropic', 'chat-tool-calls.sse'),
    reasoning: recorded('anthropic', 'chat-thinking.sse'),
    length: recorded('anthropic', 'chat-length.sse'),
    moderated: recorded('anthropic', 'chat-refusal.sse'),
    rate: recorded('anthropic', 'error-429.json'),
    refusal: recorded('anthropic', 'error-400.json', { status: 400 }),
    refusedKey: recorded('anthropic', 'error-401.json', { status: 401 }),
    overloaded: recorded('anthropic', 'error-529.json', { status: 529 }),
  },
});

describe('Anthropic', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());
  const ask = (body = BODIES.plain) => collect(anthropic.chat.streamChat(body, contextFor(server.url, 'anthropic')));

  it('reports an error event after the first text as a failure', async () => {
    server.reply(recorded('anthropic', 'chat-late-error.sse'));
    const events = await ask();
    expect(textOf(events)).toBe('Grü');
    expect(events.at(-1)).toEqual({
      type: 'failure',
      failure: { kind: 'transient', message: 'Overloaded', status: null, retryAfterMs: null },
    });
  });

  it('reports an error in the body of a 200 as a failure', async () => {
    server.reply(recorded('anthropic', 'error-529.json'));
    expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'transient', message: 'Overloaded' } }]);
  });
});
