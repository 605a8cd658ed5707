import { inputImageTokens, outputTokens, qualityOf, sizeOf } from './image-body.js';

describe('tokens of an OpenAI image', () => {
  it.each([
    ['low', 1024, 1024, 272],
    ['medium', 1024, 1024, 1056],
    ['high', 1024, 1024, 4160],
    ['low', 1024, 1536, 408],
    ['medium', 1024, 1536, 1584],
    ['high', 1024, 1536, 6240],
    ['low', 1536, 1024, 400],
    ['medium', 1536, 1024, 1568],
    ['high', 1536, 1024, 6208],
    ['high', 2048, 2048, 16_640],
  ] as const)('of quality %s and %i x %i are %i', (quality, width, height, tokens) => {
    expect(outputTokens(quality, width, height)).toBe(tokens);
  });

  it.each([
    [1024, 1024, 194],
    [1024, 1536, 323],
    [100, 100, 194],
  ])('of %i x %i that was sent are %i', (width, height, tokens) => {
    expect(inputImageTokens({ width, height })).toBe(tokens);
  });
});

describe('the body of an OpenAI image request', () => {
  it.each([
    ['gpt-image-1.5', undefined, { width: 1024, height: 1024 }],
    ['gpt-image-1.5', 'auto', { width: 1024, height: 1024 }],
    ['gpt-image-1.5', '1536x1024', { width: 1536, height: 1024 }],
    ['gpt-image-1.5', '512x512', null],
    ['gpt-image-1.5', 'large', null],
    ['gpt-image-2', '2048x1024', { width: 2048, height: 1024 }],
    ['gpt-image-2', '1000x1000', null],
    ['dall-e-2', '512x512', { width: 512, height: 512 }],
  ])('for %s has the size of %s', (model, size, expected) => {
    expect(sizeOf(model, size)).toEqual(expected);
  });

  it.each([
    [undefined, 'medium'],
    ['auto', 'medium'],
    ['low', 'low'],
    ['standard', 'medium'],
    ['hd', 'high'],
  ] as const)('with quality %s means %s', (asked, quality) => {
    expect(qualityOf(asked)).toBe(quality);
  });
});
