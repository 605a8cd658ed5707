import { deltasOf, eventsOf, eventsOfWhole, kindsOf, reasonOf } from '../contract/chat-events.js';
import { fixture } from '../contract/replay-server.js';
import { AnthropicReader, isLastEvent } from './chat-stream.js';
import { readAnthropicRefusal } from './errors.js';

const reader = () => new AnthropicReader({ id: 'chatcmpl-1', created: 1, model: 'm' });
const run = (data: readonly string[]) => eventsOf(reader(), data, { readRefusal: readAnthropicRefusal });
const events = (...sent: object[]) => run(sent.map((one) => JSON.stringify(one)));
const recordedEvents = (name: string): string[] =>
  fixture('anthropic', name)
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6));

const START = { type: 'message_start', message: { id: 'msg_1', model: 'claude', usage: { input_tokens: 1 } } };
const TEXT = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'a' } };
const end = (reason: string) => [
  { type: 'message_delta', delta: { stop_reason: reason }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];

describe('AnthropicReader', () => {
  it('keeps thoughts, their signatures and redacted thoughts, so that the client can send them back', () => {
    const format = 'anthropic-claude-v1';
    expect(deltasOf(run(recordedEvents('chat-thinking.sse')))).toEqual([
      { role: 'assistant', content: '' },
      { reasoning: '27 * 453:', reasoning_details: [{ type: 'reasoning.text', text: '27 * 453:', format, index: 0 }] },
      { reasoning: ' 12231.', reasoning_details: [{ type: 'reasoning.text', text: ' 12231.', format, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.text', signature: expect.any(String) as string, format, index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: expect.any(String) as string, format, index: 1 }] },
      { content: '27 * 453 = 12231' },
      {},
    ]);
  });

  it('counts tokens written to the cache apart', () => {
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

  it('reads counts that come as text', () => {
    const usage = { input_tokens: '3', cache_read_input_tokens: '1000', output_tokens: '50' };
    const [delta, stop] = end('end_turn');
    expect(events(START, TEXT, { ...delta, usage }, stop ?? {}).at(-1)).toMatchObject({
      type: 'end',
      usage: { prompt_tokens: 1003, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 1000 } },
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
  ])('passes the stop reason %s on as %s', (reason, ours) => {
    const all = events(START, TEXT, ...end(reason));
    expect(all.map((event) => (event.type === 'chunk' ? event.chunk.choices[0]?.finish_reason : event.type))).toEqual([
      null,
      null,
      ours,
      'end',
    ]);
  });

  it.each<[string, object[], string[]]>([
    ['no events', [], ['transient']],
    ['a message without message_stop', [START, TEXT, end('end_turn')[0] ?? {}], ['chunk', 'chunk', 'chunk', 'end']],
    ['a message without a stop reason', [START, TEXT], ['chunk', 'chunk', 'transient']],
    ['a refusal before the first text', [START, ...end('refusal')], ['moderation']],
    ['an empty answer', [START, ...end('end_turn')], ['empty']],
    ['a token limit before the first text', [START, ...end('max_tokens')], ['chunk', 'chunk', 'end']],
    [
      'pings and unknown events',
      [START, { type: 'ping' }, { type: 'new' }, TEXT, ...end('end_turn')],
      ['chunk', 'chunk', 'chunk', 'end'],
    ],
    ['text after the end', [START, TEXT, ...end('end_turn'), TEXT], ['chunk', 'chunk', 'chunk', 'end']],
    [
      'a rate limit in the middle',
      [START, TEXT, { type: 'error', error: { type: 'rate_limit_error', message: 'x' } }],
      ['chunk', 'chunk', 'rate'],
    ],
  ])('reads %s', (_what, sent, kinds) => expect(kindsOf(events(...sent))).toEqual(kinds));

  it('gives a call without arguments the arguments {}', () => {
    const call = {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'tool_use', id: 't', name: 'now', input: {} },
    };
    const blank = { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '' } };
    const all = events(START, call, blank, { type: 'content_block_stop', index: 0 }, ...end('tool_use'));
    const named = deltasOf(all).flatMap((delta) => (delta.tool_calls ?? []).map((one) => one.function));
    expect(named).toEqual([{ name: 'now', arguments: '' }, { arguments: '{}' }]);
    expect(reasonOf(all)).toBe('tool_calls');
  });

  it('reads a whole message without a stop reason', () => {
    const message = {
      type: 'message',
      content: [{ type: 'text', text: 'a' }],
      usage: { input_tokens: 1, output_tokens: 2 },
    };
    expect(reasonOf(eventsOfWhole(reader(), JSON.stringify(message), readAnthropicRefusal))).toBe('stop');
  });

  it.each([
    ['{"type":"message_stop"}', true],
    ['{"type": "message_stop" }', true],
    ['{"type":"content_block_delta","delta":{"text":"\\"type\\":\\"message_stop\\""}}', false],
  ])('isLastEvent(%s) is %p', (data, last) => expect(isLastEvent(data)).toBe(last));
});
