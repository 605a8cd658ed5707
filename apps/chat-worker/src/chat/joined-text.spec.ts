import type { ChatChunk } from '@lumenfall/contracts';
import { JoinedText } from './joined-text.js';

type Choice = Partial<ChatChunk['choices'][number]>;

const chunk = (...choices: Choice[]): ChatChunk => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: choices.map((choice, index) => ({ index, delta: {}, finish_reason: null, logprobs: null, ...choice })),
});
const text = (content: string, more: object = {}): ChatChunk => chunk({ delta: { content, ...more } });

function joined(...chunks: ChatChunk[]): ChatChunk[] {
  const emitted: ChatChunk[] = [];
  const join = new JoinedText((one) => emitted.push(one));
  for (const one of chunks) join.add(one);
  join.flush();
  return emitted;
}

describe('JoinedText', () => {
  it('joins chunks that only continue the text', () => {
    const finish = chunk({ finish_reason: 'stop' });
    expect(joined(text('Hel', { role: 'assistant' }), text('lo '), text('you'), finish)).toEqual([
      text('Hello you', { role: 'assistant' }),
      finish,
    ]);
  });

  it.each([
    ['a tool call', chunk({ delta: { tool_calls: [{ index: 0, function: { arguments: '{' } }] } })],
    ['reasoning beside the text', text('b', { reasoning: 'because' })],
    ['log probabilities', chunk({ delta: { content: 'b' }, logprobs: { content: [] } })],
    ['a finish reason', chunk({ delta: { content: 'b' }, finish_reason: 'stop' })],
    ['another choice', chunk({ index: 1, delta: { content: 'b' } })],
    ['two choices', chunk({ delta: { content: 'b' } }, { delta: { content: 'c' } })],
    ['no text', chunk({ delta: { content: null } })],
  ])('keeps %s as it is, in its place', (_, odd) => {
    expect(joined(text('a'), odd, text('c'), text('d'))).toEqual([text('a'), odd, text('cd')]);
  });

  it('passes a single chunk unchanged and emits nothing without chunks', () => {
    const only = text('a');
    expect(joined(only)[0]).toBe(only);
    expect(joined()).toEqual([]);
  });
});
