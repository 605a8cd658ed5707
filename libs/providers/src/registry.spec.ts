import { loadCatalog, parseCatalog } from '@lumenfall/catalog';
import { reportedUsage } from './registry.js';

const modelFile = (provider: string, priceLine: string, modality = 'text'): string => `
id: a-model
name: A model
description: For tests.
creator: someone
created: 2026-01-01
modality: ${modality}
modes: [${modality === 'text' ? 'chat' : 'text-to-image'}]
text: { inputs: [text, audio] }
image:
  output_tokens: { all: { 1024x1024: 100 } }
offerings:
  - provider: ${provider}
    model: theirs
    price:
      - { type: output, metric: token, unit_price: '0.000002' }
      - { type: input, metric: token, of: text, unit_price: '0.000001' }
      - ${priceLine}
`;

const parse = (text: string): unknown => parseCatalog([{ name: 'a.yaml', text }], [], reportedUsage);

describe('a price line', () => {
  it('of the shipped catalog can be charged by its adapter', () => {
    expect(loadCatalog(null, reportedUsage).models.length).toBeGreaterThan(50);
  });

  it.each([
    ['anthropic', "{ type: input, metric: token, of: audio, unit_price: '0.00001' }", 'input audio tokens'],
    ['xai', "{ type: cache_read, metric: token, of: image, unit_price: '0.00001' }", 'cache_read image tokens'],
    ['openai', "{ type: input, metric: character, unit_price: '0.00001' }", 'input characters'],
  ])('that the adapter of %s cannot report is refused with file and line', (provider, line, unit) => {
    expect(() => parse(modelFile(provider, line))).toThrow(
      `a.yaml:18: offerings.0.price.2: is never charged: the adapter of this provider does not report ${unit}`,
    );
  });

  it.each([
    ['gemini', "{ type: input, metric: token, of: audio, unit_price: '0.00001' }", 'text'],
    ['openai-compatible', "{ type: input, metric: token, of: audio, unit_price: '0.00001' }", 'text'],
    ['anthropic', "{ type: cache_write, metric: token, unit_price: '0.00001' }", 'text'],
    ['openai', "{ type: cache_read, metric: token, of: image, unit_price: '0.00001' }", 'image'],
  ])('that the adapter of %s reports is accepted: %s', (provider, line, modality) => {
    expect(() => parse(modelFile(provider, line, modality))).not.toThrow();
  });
});
