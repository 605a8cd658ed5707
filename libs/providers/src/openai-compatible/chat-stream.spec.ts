import { callsOf, deltasOf, eventsOf, eventsOfWhole, kindsOf, reasonOf } from '../contract/chat-events.js';
import { OpenAiReader } from './chat-stream.js';

const reader = () => new OpenAiReader({ id: 'c', created: 1, model: 'm' });
const chunk = (delta: object, finish: string | null = null, index = 0): string =>
  JSON.stringify({ choices: [{ index, delta, finish_reason: finish }] });
const events = (pieces: string[]) => eventsOf(reader(), pieces);

describe('OpenAiReader', () => {
  it.each([
    [
      'a whole answer',
      [chunk({ role: 'assistant' }), chunk({ content: 'a' }), chunk({}, 'stop'), '[DONE]'],
      ['chunk', 'chunk', 'chunk', 'end'],
    ],
    ['an answer without the end mark', [chunk({ content: 'a' }, 'stop')], ['chunk', 'end']],
    ['an end mark without a reason', [chunk({ content: 'a' }), '[DONE]'], ['chunk', 'chunk', 'end']],
    ['content after the end', [chunk({ content: 'a' }, 'stop'), '[DONE]', chunk({ content: 'b' })], ['chunk', 'end']],
    ['no events', [], ['transient']],
    ['only an end mark', ['[DONE]'], ['empty']],
    ['a role and an end', [chunk({ role: 'assistant' }), chunk({}, 'stop'), '[DONE]'], ['empty']],
    [
      'a token limit before the first word',
      [chunk({ role: 'assistant' }), chunk({}, 'length'), '[DONE]'],
      ['chunk', 'chunk', 'end'],
    ],
    ['a filter before the first word', [chunk({ role: 'assistant' }), chunk({}, 'content_filter')], ['moderation']],
    [
      'a filter after the first word',
      [chunk({ content: 'a' }), chunk({}, 'content_filter')],
      ['chunk', 'chunk', 'end'],
    ],
    [
      'a tool call',
      [chunk({ tool_calls: [{ index: 0, id: 'x' }] }), chunk({}, 'tool_calls')],
      ['chunk', 'chunk', 'end'],
    ],
    ['an error', [chunk({ content: 'a' }), '{"error":{"message":"x","code":"server_error"}}'], ['chunk', 'transient']],
    ['the finish reason error', [chunk({ content: 'a' }), chunk({}, 'error')], ['chunk', 'transient']],
    ['broken JSON', [chunk({ content: 'a' }), '{oops'], ['chunk', 'transient']],
    ['choices that are not a list', ['{"choices":"x"}'], ['transient']],
    ['an early error', ['{"error":{"message":"bad input","code":"invalid_request_error"}}'], ['client']],
    ['choices that are null', ['{"choices":null}', chunk({ content: 'a' }, 'stop')], ['chunk', 'end']],
    [
      'a delta that is null',
      [chunk({ content: 'a' }), '{"choices":[{"index":0,"delta":null,"finish_reason":"stop"}]}'],
      ['chunk', 'chunk', 'end'],
    ],
    [
      'chunks without choices at both ends',
      ['{"choices":[],"prompt_filter_results":[]}', chunk({ content: 'a' }, 'stop'), '{"choices":[]}'],
      ['chunk', 'end'],
    ],
  ])('reads %s', (_name, pieces, kinds) => expect(kindsOf(events(pieces))).toEqual(kinds));

  it.each([
    ['end_turn', 'stop'],
    ['eos', 'stop'],
    ['STOP', 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tool_calls'],
    ['function_call', 'function_call'],
    ['', null],
  ])('passes the finish reason %j on as %j', (word, reason) => {
    expect(reasonOf(events([chunk({ content: 'a' }, word)]))).toBe(reason);
    expect(
      reasonOf(
        eventsOfWhole(reader(), JSON.stringify({ choices: [{ message: { content: 'a' }, finish_reason: word }] })),
      ),
    ).toBe(reason ?? 'stop');
  });

  it('takes usage that comes inside a choice, or in x_groq', () => {
    const usage = { prompt_tokens: 9, completion_tokens: 2 };
    const inChoice = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage }] });
    const inGroq = JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], x_groq: { usage } });
    for (const end of [inChoice, inGroq]) {
      expect(events([chunk({ content: 'a' }), end]).at(-1)).toMatchObject({ type: 'end', usage });
    }
  });

  describe('with tool calls', () => {
    const delta = (...calls: object[]): string => chunk({ tool_calls: calls });
    const call = (name: string, args: string) => ({ name, arguments: args });
    const calls = (...pieces: string[]) => callsOf(events([...pieces, chunk({}, 'tool_calls'), '[DONE]']));
    const TWO = [
      ['a', '{"x":1}'],
      ['b', '{"y":2}'],
    ];

    it.each([
      [
        'both with index 0 and an id of their own',
        [
          delta({ index: 0, id: 'one', function: call('a', '{"x":1}') }),
          delta({ index: 0, id: 'two', function: call('b', '{"y":2}') }),
        ],
      ],
      [
        'without an index',
        [
          delta({ id: 'one', function: call('a', '{"x":1}') }),
          delta({ id: 'two', function: call('b', '{"y"') }),
          delta({ function: { arguments: ':2}' } }),
        ],
      ],
      [
        'without an index or an id',
        [delta({ function: call('a', '{"x":1}') }), delta({ function: call('b', '{"y":2}') })],
      ],
      [
        'in one delta, without an index or an id',
        [delta({ function: call('a', '{"x":1}') }, { function: call('b', '{"y":2}') })],
      ],
      [
        'alternately, with id and name in every delta',
        [
          delta({ index: 0, id: 'one', function: call('a', '{"x"') }, { index: 1, id: 'two', function: call('b', '') }),
          delta({ index: 1, id: 'two', function: call('b', '{"y":2}') }),
          delta({ index: 0, id: 'one', function: call('a', ':1}') }),
        ],
      ],
      [
        'numbered from 1, with the id after the name',
        [
          delta({ index: 1, function: { name: 'a' } }),
          delta({ index: 1, id: 'one', function: { arguments: '{"x":1}' } }),
          delta({ index: 2, function: call('b', '{"y":2}') }),
        ],
      ],
    ])('keeps two calls apart that come %s', (_how, pieces) => {
      const made = calls(...pieces);
      expect(made.map(({ name, args }) => [name, args])).toEqual(TWO);
      expect(new Set(made.map(({ id }) => id).filter((id) => id !== '')).size).toBe(2);
    });

    it('sends id, name and type once, if the provider repeats them in every delta', () => {
      const repeated = (args: string) => delta({ index: 0, id: 'one', type: 'function', function: call('now', args) });
      const pieces = [repeated(''), repeated('{"x"'), repeated(':1}')];
      expect(calls(...pieces)).toEqual([{ id: 'one', name: 'now', args: '{"x":1}' }]);
      const types = deltasOf(events(pieces)).flatMap(({ tool_calls: some }) => (some ?? []).map(({ type }) => type));
      expect(types).toEqual(['function', undefined, undefined]);
    });

    it.each<[string, object]>([
      ['empty', { name: 'now', arguments: '' }],
      ['blank', { name: 'now', arguments: ' ' }],
      ['null', { name: 'now', arguments: null }],
      ['the text null', { name: 'now', arguments: 'null' }],
      ['absent', { name: 'now' }],
      ['an empty object', { name: 'now', arguments: {} }],
    ])('gives a call whose arguments are %s the arguments {}, streamed and whole', (_what, named) => {
      const [toolCall] = [{ index: 0, id: 'one', type: 'function', function: named }];
      const expected = [{ id: 'one', name: 'now', args: '{}' }];
      expect(calls(delta(toolCall))).toEqual(expected);
      expect(callsOf(events([chunk({ tool_calls: [toolCall] }, 'tool_calls')]))).toEqual(expected);
      expect(callsOf(events([delta(toolCall), '[DONE]']))).toEqual(expected);
      const whole = { choices: [{ message: { tool_calls: [toolCall] }, finish_reason: 'tool_calls' }] };
      expect(callsOf(eventsOfWhole(reader(), JSON.stringify(whole)))).toEqual(expected);
    });

    it('gives a function_call without arguments the arguments {}', () => {
      const [, end] = deltasOf(events([chunk({ function_call: { name: 'now' } }), chunk({}, 'function_call')]));
      expect(end).toEqual({ function_call: { arguments: '{}' } });
    });
  });
});
