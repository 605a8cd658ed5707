import type { AnswerMetadata, ChatChunk } from '@lumenfall/contracts';
import { chatMetadata } from './chat-events.js';
import { ChatFold } from './fold-chunks.js';

type Choice = ChatChunk['choices'][number];

const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
const metadata: AnswerMetadata = {
  model: 'a/b',
  executed_model: 'openrouter/a/b',
  provider: 'openrouter',
  provider_name: 'OpenRouter',
  cost: 0.001,
  cost_currency: 'USD',
  attempts: [],
};
const identity = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'a/b' };
const chunk = (choices: Choice[], more: Record<string, unknown> = {}): ChatChunk => ({
  id: 'gen-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'provider-name',
  choices,
  ...more,
});
const says = (delta: Choice['delta'], finish: string | null = null, index = 0): Choice => ({
  index,
  delta,
  finish_reason: finish,
});
const call = (part: Record<string, unknown>): Choice => says({ tool_calls: [part] });

function folded(chunks: ChatChunk[]) {
  const fold = new ChatFold();
  for (const one of chunks) fold.add(one);
  return fold.answer(identity, usage, metadata);
}

describe('a folded stream', () => {
  it.each<[string, Choice[], unknown]>([
    [
      'text',
      [says({ role: 'assistant', content: '' }), says({ content: 'Hel' }), says({ content: 'lo' }, 'stop')],
      { role: 'assistant', content: 'Hello', refusal: null },
    ],
    [
      'a role in every delta',
      [says({ role: 'assistant', content: 'a' }), says({ role: 'assistant', content: 'b' })],
      { role: 'assistant', content: 'ab', refusal: null },
    ],
    ['no role and no text', [says({}, 'stop')], { role: 'assistant', content: null, refusal: null }],
    [
      'a refusal',
      [says({ content: null, refusal: 'I ' }), says({ refusal: 'cannot' })],
      { role: 'assistant', content: null, refusal: 'I cannot' },
    ],
    [
      'reasoning, and unknown fields',
      [
        says({ reasoning: 'Let me ', reasoning_content: 'x', odd: '1' }),
        says({ reasoning: 'think', reasoning_content: 'y', odd: '2', content: 'ok' }),
      ],
      {
        role: 'assistant',
        content: 'ok',
        refusal: null,
        reasoning: 'Let me think',
        reasoning_content: 'xy',
        odd: '12',
      },
    ],
    [
      'reasoning details by index',
      [
        says({ reasoning_details: [{ index: 0, type: 'reasoning.text', text: 'a' }] }),
        says({
          reasoning_details: [
            { index: 0, type: 'reasoning.text', text: 'b' },
            { index: 1, type: 'reasoning.summary', summary: 's' },
          ],
        }),
      ],
      {
        role: 'assistant',
        content: null,
        refusal: null,
        reasoning_details: [
          { index: 0, type: 'reasoning.text', text: 'ab' },
          { index: 1, type: 'reasoning.summary', summary: 's' },
        ],
      },
    ],
    [
      'tool calls by index',
      [
        says({ role: 'assistant', content: '' }),
        call({ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }),
        call({ index: 0, function: { arguments: '{"city":' } }),
        call({ index: 1, id: 'call_2', type: 'function', function: { name: 'time', arguments: '{}' } }),
        call({ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '"Oslo"}' } }),
      ],
      {
        role: 'assistant',
        content: null,
        refusal: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
          { id: 'call_2', type: 'function', function: { name: 'time', arguments: '{}' } },
        ],
      },
    ],
    ...[undefined, null, ''].map((args): [string, Choice[], unknown] => [
      `tool calls with the arguments ${JSON.stringify(args)}`,
      [
        call({ index: 0, id: 'call_1', type: 'function', function: { name: 'now', arguments: args } }),
        call({ index: 0, id: 'call_1', function: { name: 'now' } }),
      ],
      {
        role: 'assistant',
        content: null,
        refusal: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'now', arguments: '{}' } }],
      },
    ]),
  ])('%s', (_, choices, message) => {
    expect(folded(choices.map((choice) => chunk([choice]))).choices[0]?.message).toEqual(message);
  });

  it('keeps several choices apart, in the order of their index', () => {
    const answer = folded([
      chunk([says({ content: 'b' }, null, 1)]),
      chunk([says({ content: 'a' }, 'stop', 0)]),
      chunk([says({ content: 'B' }, 'length', 1)]),
    ]);
    expect(answer.choices.map(({ index, message, finish_reason }) => [index, message.content, finish_reason])).toEqual([
      [0, 'a', 'stop'],
      [1, 'bB', 'length'],
    ]);
  });

  it('gathers log probabilities', () => {
    const answer = folded([
      chunk([{ ...says({ content: 'a' }), logprobs: { content: [{ token: 'a', logprob: -1 }] } }]),
      chunk([{ ...says({ content: 'b' }), logprobs: { content: [{ token: 'b', logprob: -2 }] } }]),
    ]);
    expect(answer.choices[0]?.logprobs).toEqual({
      content: [
        { token: 'a', logprob: -1 },
        { token: 'b', logprob: -2 },
      ],
    });
  });

  it('carries our id, model and cost, and unknown fields of the provider', () => {
    const answer = folded([chunk([says({ content: 'x' }, 'stop')], { system_fingerprint: 'fp', usage })]);
    expect(answer).toMatchObject({ ...identity, object: 'chat.completion', usage, system_fingerprint: 'fp' });
    const { attempts: _, ...texts } = metadata;
    expect(answer).toMatchObject({ metadata: { ...texts, cost: '0.001' }, lumenfall: { attempts: [] } });
  });

  it('forgets a run that died', () => {
    const fold = new ChatFold();
    fold.add(chunk([says({ content: 'lost' })], { system_fingerprint: 'old' }));
    fold.reset();
    fold.add(chunk([says({ content: 'kept' }, 'stop')]));
    const answer = fold.answer(identity, usage, metadata);
    expect([answer.choices[0]?.message.content, 'system_fingerprint' in answer]).toEqual(['kept', false]);
  });

  it('does not change the chunks it is given', () => {
    const first = chunk([call({ index: 0, function: { arguments: 'a' } })]);
    folded([first, chunk([call({ index: 0, function: { arguments: 'b' } })])]);
    expect(first).toEqual(chunk([call({ index: 0, function: { arguments: 'a' } })]));
  });
});

it.each([
  [0, '0'],
  [0.000001, '0.000001'],
  [0.25, '0.25'],
  [10, '10'],
  [1234.5, '1234.5'],
])('the cost %p of a chat is the text %p', (cost, text) => {
  expect(chatMetadata({ ...metadata, cost }).metadata.cost).toBe(text);
  expect(Object.values(chatMetadata(metadata).metadata).every((value) => typeof value === 'string')).toBe(true);
});
