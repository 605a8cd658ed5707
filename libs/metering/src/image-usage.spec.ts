import { imageUsageOf } from './index.js';

const token = (type: 'input' | 'output' | 'cache_read', of: 'text' | 'image', quantity: number) =>
  ({ type, metric: 'token', of, quantity }) as const;

describe('imageUsageOf', () => {
  it('sums the tokens of a charge in the words of OpenAI', () => {
    const quantities = [token('input', 'text', 40), token('input', 'image', 60.4), token('output', 'image', 1_000)];
    expect(imageUsageOf({ quantities })).toEqual({
      total_tokens: 1_100,
      input_tokens: 100,
      output_tokens: 1_000,
      input_tokens_details: { text_tokens: 40, image_tokens: 60 },
    });
  });

  it('counts cached tokens as input tokens of their kind', () => {
    const quantities = [token('input', 'text', 40), token('cache_read', 'text', 30), token('cache_read', 'image', 5)];
    expect(imageUsageOf({ quantities })?.input_tokens_details).toEqual({
      text_tokens: 70,
      image_tokens: 5,
      cached_tokens: 35,
    });
  });

  it('is undefined for a model that is priced by image', () => {
    expect(imageUsageOf({ quantities: [{ type: 'output', metric: 'image', quantity: 2 }] })).toBeUndefined();
    expect(imageUsageOf({ quantities: [] })).toBeUndefined();
  });
});
