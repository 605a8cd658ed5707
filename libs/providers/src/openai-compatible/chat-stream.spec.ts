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
    ['an end mark without a reason', [chunk({ content: 'a' }), '[DONE]'], ['chunk', 'end']],
    ['words after the end', [chunk({ content: 'a' }), '[DONE]', chunk({ content: 'b' })], ['chunk', 'end']],
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

  it('waits for the end of every choice', () => {
    const [one, two] = [chunk({ content: 'a' }, 'stop', 0), chunk({ content: 'b' }, 'stop', 1)];
    expect(run([one], { n: 2 })).toEqual(['chunk', 'transient']);
    expect(run([one, two], { n: 2 })).toEqual(['chunk', 'chunk', 'end']);
  });
});
