import type { ChatEvent } from '../spec/index.js';
import { fixture } from '../contract/replay-server.js';
import { AnthropicStream, isLastEvent } from './chat-stream.js';

const FACTS = { defaults: { id: 'chatcmpl-1', created: 1, model: 'm' }, secrets: [] };

function run(events: readonly string[]): ChatEvent[] {
  const stream = new AnthropicStream(FACTS);
  return [...events.flatMap((data) => stream.take(data)), ...stream.close(null)];
}
const recordedEvents = (name: string): string[] =>
  fixture('anthropic', name)
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6));
const deltas = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => (event.type === 'chunk' ? event.chunk.choices.map(({ delta }) => delta) : []));
const said = (...events: object[]): string[] => events.map((event) => JSON.stringify(event));

const START = { type: 'message_start', message: { id: 'msg_1', model: 'claude', usage: { input_tokens: 1 } } };
const TEXT = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'a' } };
const end = (reason: string) => [
  { type: 'message_delta', delta: { stop_reason: reason }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];

describe('AnthropicStream', () => {
  it('keeps thoughts, their signatures and what may not be read, so that they can be sent back', () => {
    const format = 'anthropic-claude-v1';
    expect(deltas(run(recordedEvents('chat-thinking.sse')))).toEqual([
      { role: 'assistant', content: '' },
      { reasoning: '27 * 453:', reasoning_details: [{ type: 'reasoning.text', text: '27 * 453:', format, index: 0 }] },
      { reasoning: ' 12231.', reasoning_details: [{ type: 'reasoning.text', text: ' 12231.', format, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.text', signature: expect.any(String) as string, format, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: expect.any(String) as string, format, index: 1 }] },
      { content: '27 * 453 = 12231' },
      {},
    ]);
  });

  it('counts what was written to the cache apart', () => {
    expect(run(recordedEvents('chat-thinking.sse')).at(-1)).toEqual({
      type: 'end',
      usage: {
        prompt_tokens: 119,
        completion_tokens: 60,
        total_tokens: 179,
        prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 16 },
        completion_tokens_details: { reasoning_tokens: 42 },
      },
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
    ['something_new', 'stop'],
  ])('calls %s %s', (reason, ours) => {
    const events = run(said(START, TEXT, ...end(reason)));
    expect(
      events.map((event) => (event.type === 'chunk' ? event.chunk.choices[0]?.finish_reason : event.type)),
    ).toEqual([null, null, ours, 'end']);
  });

  it.each<[string, object[], string[]]>([
    ['nothing', [], ['transient']],
    ['a message without its end', [START, TEXT, end('end_turn')[0] ?? {}], ['chunk', 'chunk', 'chunk', 'transient']],
    ['a refusal before the first word', [START, ...end('refusal')], ['moderation']],
    ['an empty answer', [START, ...end('end_turn')], ['empty']],
    ['no room for words', [START, ...end('max_tokens')], ['chunk', 'chunk', 'end']],
    [
      'pings and what is unknown',
      [START, { type: 'ping' }, { type: 'new' }, TEXT, ...end('end_turn')],
      ['chunk', 'chunk', 'chunk', 'end'],
    ],
    ['words after the end', [START, TEXT, ...end('end_turn'), TEXT], ['chunk', 'chunk', 'chunk', 'end']],
    [
      'a limit in the middle',
      [START, TEXT, { type: 'error', error: { type: 'rate_limit_error', message: 'x' } }],
      ['chunk', 'chunk', 'rate'],
    ],
  ])('%s', (_what, events, kinds) => {
    expect(run(said(...events)).map((event) => (event.type === 'failure' ? event.failure.kind : event.type))).toEqual(
      kinds,
    );
  });

  it('knows no chunk but JSON', () => {
    expect(run(['{oops'])).toMatchObject([{ type: 'failure', failure: { kind: 'transient' } }]);
  });

  it.each([
    ['{"type":"message_stop"}', true],
    ['{"type": "message_stop" }', true],
    ['{"type":"content_block_delta","delta":{"text":"\\"type\\":\\"message_stop\\""}}', false],
  ])('%s is the last event: %p', (data, last) => expect(isLastEvent(data)).toBe(last));
});
