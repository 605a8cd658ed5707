import { loadCatalog } from './load-catalog.js';
import { parseCatalog } from './parse-catalog.js';

const model = (changes = ''): string => `id: a-model
name: A model
description: For tests.
creator: someone
created: 2026-01-01
modality: image
modes: [text-to-image]
image:
  tiers: [1K]
offerings:
  - provider: fal
    model: fal-ai/a
    price:
      - { type: output, metric: image, unit_price: '0.01' }
${changes}`;

describe('the catalog', () => {
  it('that is shipped is valid, and finds its models by id and alias', () => {
    const catalog = loadCatalog();
    expect(catalog.byName.get('nano-banana-pro')?.id).toBe('gemini-3-pro-image');
    expect(catalog.models.map((entry) => entry.id)).toContain('sora-2');
  });

  it.each([
    ['a broken line', model().replace('name: A model', 'name: [A model'), /^a\.yaml:\d+: /],
    ['a missing field', model().replace('creator: someone\n', ''), /^a\.yaml:1: creator: /],
    ['an unknown key', model('colour: red'), /^a\.yaml:\d+: .*colour/],
    ['a float price', model().replace("'0.01'", '0.01'), /^a\.yaml:14: offerings\.0\.price\.0\.unit_price: /],
    [
      'a price in exponents',
      model().replace('0.01', '1e-2'),
      /^a\.yaml:14: offerings\.0\.price\.0\.unit_price: .*plain decimal/,
    ],
    [
      'an unknown provider',
      model().replace('provider: fal', 'provider: fall'),
      /^a\.yaml:11: offerings\.0\.provider: /,
    ],
    ['a modality without its block', model().replace('image:\n  tiers: [1K]\n', ''), /^a\.yaml:6: modality: .*'image'/],
    [
      'a parameter whose default is none of its values',
      model('parameters:\n  style: { type: string, enum: [vivid], default: calm }'),
      /^a\.yaml:16: parameters\.style\.default: expected one of the enum/,
    ],
    [
      'a parameter of a mode that the model has not',
      model('parameters:\n  strength: { type: number, modes: [image-edit] }'),
      /^a\.yaml:16: parameters\.strength: the model has no mode 'image-edit'/,
    ],
  ])('names file and line of %s', (_, text, message) => {
    expect(() => parseCatalog([{ name: 'a.yaml', text }])).toThrow(message);
  });

  it('refuses two models of one name', () => {
    const files = [
      { name: 'a.yaml', text: model() },
      { name: 'b.yaml', text: model('aliases: [a-model]').replace('id: a-model', 'id: b-model') },
    ];
    expect(() => parseCatalog(files)).toThrow("b.yaml: 'a-model' is already a name of the model 'a-model'.");
  });
});
