import { eventsOf, kindsOf, reasonOf } from '../contract/chat-events.js';
import { OpenAiReader } from '../openai-compatible/chat-stream.js';

const chunk = (delta: object, finish: string | null = null, index = 0): string =>
  JSON.stringify({ choices: [{ index, delta, finish_reason: finish }] });
const events = (pieces: string[], n?: number) =>
  eventsOf(new OpenAiReader({ id: 'c', created: 1, model: 'm' }), pieces, { n });

describe('AnswerGate', () => {
  const [one, two] = [chunk({ content: 'a' }, 'stop', 0), chunk({ content: 'b' }, 'stop', 1)];

  it('delivers an answer with fewer choices than requested, if each of them is whole', () => {
    expect(kindsOf(events([one], 2))).toEqual(['chunk', 'end']);
    expect(kindsOf(events([one, two], 2))).toEqual(['chunk', 'chunk', 'end']);
  });

  it('fails an answer of which a choice has begun and has no finish reason', () => {
    expect(kindsOf(events([one, chunk({ content: 'b' }, null, 1)], 2))).toEqual(['chunk', 'chunk', 'transient']);
  });

  it('fails on an error before all requested choices are whole', () => {
    expect(kindsOf(events([one, '{"error":{"message":"x"}}'], 2))).toEqual(['chunk', 'transient']);
  });

  it('adds the finish reason that the provider left out, for each choice', () => {
    const all = events([chunk({ content: 'a' }, 'length', 0), chunk({ content: 'b' }, null, 1), '[DONE]'], 2);
    const reasons = all.flatMap((event) => (event.type === 'chunk' ? event.chunk.choices : []));
    expect(reasons.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
      [0, 'length'],
      [1, null],
      [1, 'stop'],
    ]);
  });

  it.each([
    ['stop', { content: 'a' }],
    ['tool_calls', { tool_calls: [{ index: 0, id: 'x', function: { name: 'f' } }] }],
    ['function_call', { function_call: { name: 'f', arguments: '{}' } }],
  ])('adds the finish reason %s to an answer that ends without one', (reason, delta) => {
    expect(reasonOf(events([chunk(delta), '[DONE]']))).toBe(reason);
  });

  const counted = (delta: object, completion: number): string =>
    JSON.stringify({ choices: [{ index: 0, delta }], usage: { prompt_tokens: 7, completion_tokens: completion } });

  it('reports the usage that the provider counted before the stream broke', () => {
    expect(events([counted({ content: 'a' }, 1), counted({ content: 'b' }, 2)]).at(-1)).toMatchObject({
      type: 'failure',
      usage: { prompt_tokens: 7, completion_tokens: 2 },
    });
  });

  it('does not report usage of an answer of which nothing was delivered', () => {
    const all = events([counted({ role: 'assistant' }, 0), '{"error":{"message":"x"}}']);
    expect(all).toMatchObject([{ type: 'failure' }]);
    expect(all[0]).not.toHaveProperty('usage');
  });
});
