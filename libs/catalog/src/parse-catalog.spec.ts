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

describe('parseCatalog', () => {
  it('the shipped catalog is valid and finds its models by id and alias', () => {
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
      'a parameter whose default is not in its enum',
      model('parameters:\n  style: { type: string, enum: [vivid], default: calm }'),
      /^a\.yaml:16: parameters\.style\.default: expected one of the enum/,
    ],
    [
      'a parameter of an unsupported mode',
      model('parameters:\n  strength: { type: number, modes: [image-edit] }'),
      /^a\.yaml:16: parameters\.strength: the model does not support the mode 'image-edit'/,
    ],
    ['an unresolved YAML alias', model('tags: *nothing'), /^a\.yaml:\d+: .*alias/],
    ['an empty description', model().replace('For tests.', "' '"), /^a\.yaml:3: description: /],
    ['a creator that is not a path segment', model().replace('someone', 'Some One'), /^a\.yaml:4: creator: /],
    ['an empty tag', model("tags: ['']"), /^a\.yaml:15: tags\.0: /],
    ['a duplicate tag', model('tags: [a, b, a]'), /^a\.yaml:15: tags\.2: is a duplicate/],
    ['an alias equal to the id', model('aliases: [a-model]'), /^a\.yaml:15: aliases\.0: 'a-model' is already a name/],
    [
      'an alternative name that is an alias',
      model('aliases: [x]\nalternative_names: [X, x]'),
      /^a\.yaml:16: alternative_names\.1: 'x' is already a name/,
    ],
    [
      'an alternative name equal to the display name',
      model('alternative_names: [A model]'),
      /^a\.yaml:15: alternative_names\.0: 'A model' is already its name/,
    ],
    [
      'a mode of another modality',
      model().replace('[text-to-image]', '[chat]'),
      /^a\.yaml:7: modes\.0: an image model/,
    ],
    [
      'a mode without an offering',
      model()
        .replace('[text-to-image]', '[text-to-image, image-edit]')
        .replace('    price', '    modes: [text-to-image]\n    price'),
      /^a\.yaml:7: modes\.1: no offering serves the mode 'image-edit'/,
    ],
    [
      'an offering for an unsupported mode',
      model().replace('    price', '    modes: [text-to-image, upscale]\n    price'),
      /^a\.yaml:13: offerings\.0\.modes\.1: the model does not support the mode 'upscale'/,
    ],
    [
      'an upscaler without a factor',
      model()
        .replace('[text-to-image]', '[upscale]')
        .replace('    price', '    parameters: { image: {}, scale_factor: passed }\n    price'),
      /^a\.yaml:8: image: a model that upscales needs 'upscale'/,
    ],
  ])('reports file and line of %s', (_, text, message) => {
    expect(() => parseCatalog([{ name: 'a.yaml', text }])).toThrow(message);
  });

  const line = (rest: string): string => `      - { type: output, metric: image, ${rest} }\n`;
  const priced = (...lines: string[]): string => model().replace(/ {6}- .*\n/, lines.join(''));
  it.each([
    [
      'only zeros',
      priced(line("unit_price: '0'")),
      /^a\.yaml:13: offerings\.0\.price: a price of 0 needs 'free: true'/,
    ],
    [
      'a positive line of a free model',
      `${model()}free: true`,
      /^a\.yaml:14: offerings\.0\.price\.0\.unit_price: a model with 'free: true' must/,
    ],
    [
      'a single resolution',
      priced(line("when: { resolution: 1K }, unit_price: '1'")),
      /^a\.yaml:14: offerings\.0\.price\.0: needs a later line without 'when'/,
    ],
    [
      'an unknown resolution',
      priced(line("when: { resolution: 8K }, unit_price: '2'"), line("unit_price: '1'")),
      /^a\.yaml:14: offerings\.0\.price\.0\.when\.resolution: .*must be one of 1K/,
    ],
    [
      'an unknown property',
      priced(line("when: { colour: red }, unit_price: '2'"), line("unit_price: '1'")),
      /when\.colour: .*cannot select a price/,
    ],
    [
      'a line that is never used',
      priced(line("unit_price: '1'"), line("when: { resolution: 1K }, unit_price: '2'")),
      /^a\.yaml:15: offerings\.0\.price\.1: is never used/,
    ],
    ['input lines only', priced(line("unit_price: '1'").replace('output', 'input')), /^a\.yaml:13: .*'output'/],
    [
      'a metric of another modality',
      priced(line("unit_price: '1'").replace('metric: image', 'metric: second')),
      /\.metric: .*priced per image/,
    ],
    [
      'two output metrics',
      priced(line("unit_price: '1'"), line("unit_price: '1'").replace('metric: image', 'metric: megapixel')),
      /^a\.yaml:15: offerings\.0\.price\.1\.metric: the output is already priced per 'image'/,
    ],
    [
      'tokens without a token table',
      priced(line("unit_price: '1'").replace('metric: image', 'metric: token, of: image')),
      /^a\.yaml:14: offerings\.0\.price\.0: needs 'image\.output_tokens'/,
    ],
  ])('reports file and line of a price with %s', (_, text, message) => {
    expect(() => parseCatalog([{ name: 'a.yaml', text }])).toThrow(message);
  });

  it('accepts a price of 0 with free: true', () => {
    const text = `${priced(line("unit_price: '0.00'"))}free: true`;
    expect(parseCatalog([{ name: 'a.yaml', text }]).models).toMatchObject([{ free: true }]);
  });

  it('refuses two models with the same name', () => {
    const files = [
      { name: 'a.yaml', text: model() },
      { name: 'b.yaml', text: model('aliases: [a-model]').replace('id: a-model', 'id: b-model') },
    ];
    expect(() => parseCatalog(files)).toThrow("b.yaml:15: 'a-model' is already a name of the model 'a-model'.");
  });
});
