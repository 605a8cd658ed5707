import { callsOf, reasonOf } from '../contract/heard-chat.js';
import { ChatStream } from './chat-stream.js';
import { readOpenAiRefusal } from './errors.js';

const DEFAULTS = { id: 'c', created: 1, model: 'm' };
const chunk = (delta: object, finish: string | null = null, index = 0): string =>
  JSON.stringify({ choices: [{ index, delta, finish_reason: finish }] });

/** Types of the events after each piece, and of those at the close. */
function run(pieces: string[], body: { n?: number } = {}): string[] {
  const stream = new ChatStream(body, DEFAULTS, readOpenAiRefusal, []);
  return [...pieces.flatMap((piece) => stream.take(piece)), ...stream.close(null)].map((event) =>
    event.type === 'failure' ? event.failure.kind : event.type,
  );
}

describe('ChatStream', () => {
  it.each([
    [
      'a whole answer',
      [chunk({ role: 'assistant' }), chunk({ content: 'a' }), chunk({}, 'stop'), '[DONE]'],
      ['chunk', 'chunk', 'chunk', 'end'],
    ],
    ['an answer without the end mark', [chunk({ content: 'a' }, 'stop')], ['chunk', 'end']],
    ['an end mark without a reason', [chunk({ content: 'a' }), '[DONE]'], ['chunk', 'chunk', 'end']],
    ['words after the end', [chunk({ content: 'a' }, 'stop'), '[DONE]', chunk({ content: 'b' })], ['chunk', 'end']],
    ['nothing', [], ['transient']],
    ['only an end', ['[DONE]'], ['empty']],
    ['a role and an end', [chunk({ role: 'assistant' }), chunk({}, 'stop'), '[DONE]'], ['empty']],
    ['no room for words', [chunk({ role: 'assistant' }), chunk({}, 'length'), '[DONE]'], ['chunk', 'chunk', 'end']],
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
    ['a provider that broke', [chunk({ content: 'a' }), chunk({}, 'error')], ['chunk', 'transient']],
    ['no JSON', [chunk({ content: 'a' }), '{oops'], ['chunk', 'transient']],
    ['no chunk', ['5'], ['transient']],
  ])('%s', (_name, pieces, events) => expect(run(pieces)).toEqual(events));

  const heard = (pieces: string[], body: { n?: number } = {}) => {
    const stream = new ChatStream(body, DEFAULTS, readOpenAiRefusal, []);
    return [...pieces.flatMap((piece) => stream.take(piece)), ...stream.close(null)];
  };

  it.each([
    ['stop', [chunk({ content: 'a' }), '[DONE]']],
    ['tool_calls', [chunk({ tool_calls: [{ index: 0, id: 'x', function: { name: 'f' } }] }), '[DONE]']],
  ])('says %s where the provider gave no reason: clients do not take an answer without', (reason, pieces) => {
    expect(reasonOf(heard(pieces))).toBe(reason);
  });

  it('gives no reason for a choice that has one', () => {
    const events = heard([chunk({ content: 'a' }, 'length', 0), chunk({ content: 'b' }, null, 1), '[DONE]'], { n: 2 });
    const reasons = events.flatMap((event) => (event.type === 'chunk' ? event.chunk.choices : []));
    expect(reasons.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
      [0, 'length'],
      [1, null],
      [1, 'stop'],
    ]);
  });

  const counted = (delta: object, completion: number): string =>
    JSON.stringify({ choices: [{ index: 0, delta }], usage: { prompt_tokens: 7, completion_tokens: completion } });

  it('tells what was used until it broke, as far as the provider has counted it', () => {
    const events = heard([counted({ content: 'a' }, 1), counted({ content: 'b' }, 2)]);
    expect(events.at(-1)).toMatchObject({ type: 'failure', usage: { prompt_tokens: 7, completion_tokens: 2 } });
  });

  it('tells nothing of what was used where nothing left: nobody pays for a failed attempt', () => {
    const events = heard([counted({ role: 'assistant' }, 0), '{"error":{"message":"x"}}']);
    expect(events).toMatchObject([{ type: 'failure' }]);
    expect(events[0]).not.toHaveProperty('usage');
  });

  it('is whole after its reason, also where what follows it cannot be read', () => {
    expect(run([chunk({ content: 'a' }, 'stop'), '{"choices":[],"usage":{"prompt_tok'])).toEqual(['chunk', 'end']);
  });

  describe('that calls tools', () => {
    const delta = (...calls: object[]): string => chunk({ tool_calls: calls });
    const call = (name: string, args: string) => ({ name, arguments: args });
    const calls = (...pieces: string[]) => callsOf(heard([...pieces, chunk({}, 'tool_calls'), '[DONE]']));
    const TWO = [
      ['a', '{"x":1}'],
      ['b', '{"y":2}'],
    ];

    it.each([
      [
        'whole, each at index 0, with an id of its own',
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
      ['all in one delta, bare', [delta({ function: call('a', '{"x":1}') }, { function: call('b', '{"y":2}') })]],
      [
        'in turns, with the id and the name in every piece',
        [
          delta({ index: 0, id: 'one', function: call('a', '{"x"') }, { index: 1, id: 'two', function: call('b', '') }),
          delta({ index: 1, id: 'two', function: call('b', '{"y":2}') }),
          delta({ index: 0, id: 'one', function: call('a', ':1}') }),
        ],
      ],
      [
        'counted from 1, the id after the name',
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
  });

  it('waits for the end of every choice', () => {
    const [one, two] = [chunk({ content: 'a' }, 'stop', 0), chunk({ content: 'b' }, 'stop', 1)];
    expect(run([one], { n: 2 })).toEqual(['chunk', 'transient']);
    expect(run([one, two], { n: 2 })).toEqual(['chunk', 'chunk', 'end']);
  });
});
