import { chatUsageSchema } from '@lumenfall/contracts';
import { readUsage, usageOfChunk } from './chat-usage.js';

describe('readUsage', () => {
  it.each<[string, object, object]>([
    [
      'one side only',
      { prompt_tokens: 5, total_tokens: 5 },
      { prompt_tokens: 5, completion_tokens: 0, total_tokens: 5 },
    ],
    [
      'fields of the wrong type',
      {
        prompt_tokens: 5,
        completion_tokens: 1,
        total_tokens: 'x',
        cost: -1,
        prompt_tokens_details: { cached_tokens: 'some', audio_tokens: 2 },
      },
      { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { audio_tokens: 2 } },
    ],
    [
      'details that are null',
      { prompt_tokens: 5, completion_tokens: 1, completion_tokens_details: null },
      { prompt_tokens: 5, completion_tokens: 1 },
    ],
    [
      'figures as text and as fractions',
      { prompt_tokens: '5', completion_tokens: 1.4, prompt_tokens_details: { cached_tokens: '3' } },
      { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 3 } },
    ],
    [
      'audio tokens of both sides',
      {
        prompt_tokens: 90,
        completion_tokens: 40,
        prompt_tokens_details: { text_tokens: 10, audio_tokens: 80 },
        completion_tokens_details: { audio_tokens: 30 },
      },
      {
        prompt_tokens: 90,
        completion_tokens: 40,
        prompt_tokens_details: { text_tokens: 10, audio_tokens: 80 },
        completion_tokens_details: { audio_tokens: 30 },
      },
    ],
    [
      'reasoning that is counted apart, as it came',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 115,
        completion_tokens_details: { reasoning_tokens: 100 },
      },
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 115,
        completion_tokens_details: { reasoning_tokens: 100 },
      },
    ],
    [
      'DeepSeek’s cache hits',
      { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 6, prompt_cache_miss_tokens: 3 },
      { prompt_tokens: 9, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 6 } },
    ],
    [
      'Moonshot’s cached_tokens',
      { prompt_tokens: 9, completion_tokens: 1, cached_tokens: 6 },
      { prompt_tokens_details: { cached_tokens: 6 } },
    ],
    [
      'the names of Anthropic’s cache',
      { prompt_tokens: 9, completion_tokens: 1, cache_read_input_tokens: 6, cache_creation_input_tokens: 2 },
      { prompt_tokens_details: { cached_tokens: 6, cache_write_tokens: 2 } },
    ],
    [
      'the names of the Responses API',
      {
        input_tokens: 9,
        output_tokens: 4,
        input_tokens_details: { cached_tokens: 6 },
        output_tokens_details: { reasoning_tokens: 2 },
      },
      {
        prompt_tokens: 9,
        completion_tokens: 4,
        prompt_tokens_details: { cached_tokens: 6 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
    ],
  ])('reads %s', (_what, sent, usage) => {
    expect(readUsage(sent)).toMatchObject(usage);
    expect(chatUsageSchema.safeParse(readUsage(sent)).success).toBe(true);
  });

  it('leaves out fields that are not counts', () => {
    expect(readUsage({ prompt_tokens: 5, completion_tokens: 1, total_tokens: 'x', cost: -1 })).toEqual({
      prompt_tokens: 5,
      completion_tokens: 1,
    });
  });

  const tokens = { prompt_tokens: 1000, completion_tokens: 500 };

  it.each<[string, object, number | undefined]>([
    ['the cost', { cost: 0.1 }, 0.1],
    ['the cost as text', { cost: '0.1' }, 0.1],
    ['the cost with an exponent', { cost: '1.5e-7' }, 1.5e-7],
    ['no negative cost', { cost: -0.1 }, undefined],
    ['no cost that is not a number', { cost: 'NaN' }, undefined],
    ['no infinite cost', { cost: '1e999' }, undefined],
    ['no impossible cost', { cost: 1e300 }, undefined],
    ['a cost of 0 for a free model', { cost: 0, is_byok: false }, 0],
    [
      'with our own key, the upstream cost',
      { cost: 0, is_byok: true, cost_details: { upstream_inference_cost: 0.02 } },
      0.02,
    ],
    [
      'with our own key, the upstream cost and the fee',
      { cost: 0.001, is_byok: true, cost_details: { upstream_inference_cost: 0.02 } },
      0.021,
    ],
    [
      'with OpenRouter’s key, the cost alone',
      { cost: 0.03, is_byok: false, cost_details: { upstream_inference_cost: 0.02 } },
      0.03,
    ],
    ['with our own key and without an upstream cost, none', { cost: 0, is_byok: true }, undefined],
    [
      'with our own key and an upstream cost of null, none',
      { cost: 0, is_byok: true, cost_details: { upstream_inference_cost: null } },
      undefined,
    ],
  ])('reads %s', (_what, fields, cost) => expect(readUsage({ ...tokens, ...fields })?.cost).toBe(cost));

  // Every chat has a prompt: zeros mean that nothing was counted yet.
  const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

  it('leaves out impossible counts', () => {
    const most = Number.MAX_SAFE_INTEGER + 1;
    const sent = { prompt_tokens: 5, completion_tokens: most, prompt_tokens_details: { cached_tokens: most } };
    expect(readUsage(sent)).toEqual({ prompt_tokens: 5, completion_tokens: 0 });
  });

  it.each([[null], [undefined], [{}], [{ prompt_tokens: -1 }], ['x'], [[1]], [zeros]])(
    'returns null for %j',
    (sent) => {
      expect(readUsage(sent)).toBeNull();
    },
  );
});

describe('usageOfChunk', () => {
  const usage = { prompt_tokens: 9, completion_tokens: 2 };

  it.each<[string, Record<string, unknown>]>([
    ['beside the choices', { choices: [], usage }],
    ['inside a choice', { choices: [{ index: 0, delta: {}, usage }] }],
    ['in x_groq', { choices: [], x_groq: { id: 'req_1', usage } }],
    ['inside a choice, beside one of null', { choices: [{ usage }], usage: null }],
  ])('finds the usage %s', (_where, chunk) => expect(usageOfChunk(chunk)).toEqual(usage));

  it('returns null for a chunk without usage', () => expect(usageOfChunk({ choices: [{ delta: {} }] })).toBeNull());
});
