import { chatBodySchema, NO_RULES, type Price, type ProviderSlug } from '@lumenfall/contracts';
import { CatalogError, offeringKeyOf, parseCatalog, parsePriceFile, planChat, priceOf, withPrices } from './index.js';

const model = (id: string, rest: string): { name: string; text: string } => ({
  name: `${id}.yaml`,
  text: `
id: ${id}
name: Model ${id}
description: For tests.
creator: someone
created: 2026-01-01
${rest}`,
});
const catalog = parseCatalog([
  model(
    'text',
    `
aliases: [latest-text]
modality: text
modes: [chat]
text: { inputs: [text] }
offerings:
  - provider: openai
    model: t-1
    price:
      - { type: input, metric: token, unit_price: '0.000001' }
      - { type: output, metric: token, unit_price: '0.000002' }
  - provider: openai-compatible
    model: t-2
    price:
      - { type: input, metric: token, unit_price: '0.000001' }
      - { type: output, metric: token, unit_price: '0.000002' }`,
  ),
  model(
    'clip',
    `
modality: video
modes: [text-to-video]
video:
  seconds: [5]
  sizes: ['16:9']
  resolutions: [720p, 1080p]
  audio: { parameter: generate_audio, default: true }
  input_references: 0
offerings:
  - { provider: fal, model: f-1, price: [{ type: output, metric: second, unit_price: '0.1' }] }`,
  ),
]);
const read = (text: string, reported: Parameters<typeof parsePriceFile>[2] = null) =>
  parsePriceFile({ name: 'new.yaml', text }, catalog, reported);
const INPUT = "{ type: input, metric: token, unit_price: '0.000001' }";
const OUTPUT = `${INPUT}, { type: output, metric: token, unit_price: '0.000003' }`;

describe('a file of prices', () => {
  it('prices every offering of a model, or those that it names', () => {
    const all = read(`prices: [{ model: latest-text, price: [${OUTPUT}] }]`);
    expect(all.map(({ model, offering }) => [model, offering])).toEqual([
      ['text', 'openai/t-1'],
      ['text', 'openai-compatible/t-2'],
    ]);
    expect(read(`prices: [{ model: text, provider: openai, price: [${OUTPUT}] }]`)).toEqual([all[0]]);
    expect(read(`prices: [{ model: text, provider_model: t-2, price: [${OUTPUT}] }]`)).toEqual([all[1]]);
  });

  it('may be JSON', () => {
    const price = ['input', 'output'].map((type) => ({ type, metric: 'token', unit_price: '0.000003' }));
    expect(read(JSON.stringify({ prices: [{ model: 'text', price }] }, null, 2))).toHaveLength(2);
  });

  it('prices a model that only OpenRouter lists', () => {
    expect(read(`prices: [{ model: some/new, provider: openrouter, price: [${OUTPUT}] }]`)).toMatchObject([
      { model: 'some/new', offering: 'openrouter/some/new' },
    ]);
  });

  it('makes the same version as a model file with the same lines', () => {
    const [entry] = catalog.models.filter(({ id }) => id === 'clip');
    const [same] = read("prices: [{ model: clip, price: [{ unit_price: '0.1', metric: second, type: output }] }]");
    expect(same?.price).toEqual(entry?.offerings[0] && priceOf(entry.offerings[0]));
  });

  it.each([
    ['prices:\n  - model: text\n    price:\n      - { type: output, metric: token, unit_price: 0.1 }', 4, 'unit_price'],
    [
      "prices:\n  - model: text\n    price:\n      - { type: output, metric: token, unit_price: '1e-6' }",
      4,
      'unit_price',
    ],
    [
      "prices:\n  - model: text\n    price:\n      - { type: output, metric: token, unit_price: '-1' }",
      4,
      'unit_price',
    ],
    [`prices:\n  - model: text\n    cost: 1\n    price: [${OUTPUT}]`, 2, 'Unrecognized key'],
    [`prices:\n  - model: tekst\n    price: [${OUTPUT}]`, 2, "Did you mean 'text'?"],
    [
      `prices:\n  - model: text\n    provider: fal\n    price: [${OUTPUT}]`,
      3,
      'it has openai/t-1, openai-compatible/t-2',
    ],
    [`prices:\n  - model: text\n    price: [${OUTPUT}]\n  - model: text\n    price: [${OUTPUT}]`, 4, 'already'],
    [
      "prices:\n  - model: clip\n    price:\n      - { type: output, metric: token, unit_price: '1' }",
      4,
      'per second, video',
    ],
    [
      "prices:\n  - model: text\n    price: [{ type: output, metric: token, unit_price: '0' }]",
      3,
      "needs 'free: true'",
    ],
    [`prices:\n  - model: text\n    price: [${INPUT}]`, 3, "type 'output'"],
    ["prices:\n  - model: text\n    price: [{ type: output, metric: token, unit_price: '1' }]", 3, "type 'input'"],
    ['prices: []', 1, 'prices'],
    ['{', 1, ''],
  ])('is refused with file, line and field: %j', (text, line, message) => {
    expect(() => read(text)).toThrow(CatalogError);
    expect(() => read(text)).toThrow(new RegExp(`^new\\.yaml:${line}: [^\\n]*${message.replace(/[.?()]/g, '\\$&')}`));
  });

  it('is refused if a line could never be charged', () => {
    const text = `prices: [{ model: text, provider: openai, price: [{ type: output, metric: token, of: audio, unit_price: '1' }, ${OUTPUT}] }]`;
    expect(() => read(text, () => [])).toThrow('never charged');
    expect(() => read(text, () => [{ type: 'output', metric: 'token', of: 'audio' }])).not.toThrow();
  });

  it('may price a video by resolution and sound, and needs a price for the rest', () => {
    const line = (when: string, unit: string) => `{ type: output, metric: second, ${when} unit_price: '${unit}' }`;
    const priced = (...lines: string[]) => read(`prices: [{ model: clip, price: [${lines.join(', ')}] }]`);
    const cheap = line("when: { resolution: 720p, audio: 'off' },", '0.05');
    expect(priced(cheap, line('', '0.1'))[0]?.price.lines).toHaveLength(2);
    expect(() => priced(cheap)).toThrow("needs a later line without 'when'");
    expect(() => priced(line('when: { resolution: 4K },', '1'), line('', '0.1'))).toThrow('must be one of 720p, 1080p');
    expect(() => priced(line('when: { audio: loud },', '1'), line('', '0.1'))).toThrow('must be one of on, off');
  });

  it('may price text by the length of its context, and needs a price for shorter ones', () => {
    const line = (above: string, unit: string) => `{ type: output, metric: token, ${above} unit_price: '${unit}' }`;
    const priced = (...lines: string[]) => read(`prices: [{ model: text, price: [${[...lines, INPUT].join(', ')}] }]`);
    expect(priced(line('above: 200000,', '0.2'), line('', '0.1'))[0]?.price.lines[0]).toMatchObject({ above: 200_000 });
    expect(() => priced(line('above: 200000,', '0.2'))).toThrow("needs a later line without 'above'");
    expect(() => priced(line('above: 100,', '0.1'), line('above: 200,', '0.2'), line('', '0.1'))).toThrow('never used');
    const clip =
      "{ type: output, metric: second, above: 5, unit_price: '1' }, { type: output, metric: second, unit_price: '1' }";
    expect(() => read(`prices: [{ model: clip, price: [${clip}] }]`)).toThrow('text models only');
  });
});

describe('a catalog with imported prices', () => {
  const outputOnly: Price = { version: 'v', lines: [{ type: 'output', metric: 'token', unitPrice: '0.000003' }] };
  const overrides = new Map([[offeringKeyOf('text', 'openai/t-1'), outputOnly]]);
  const changed = withPrices(catalog, overrides);
  const context = {
    available: (['openai', 'openai-compatible'] as ProviderSlug[]).map((provider) => ({ provider, sandbox: false })),
    rules: NO_RULES,
  };
  const plan = (name: string) =>
    planChat(changed, context, chatBodySchema.parse({ model: name, messages: [{ role: 'user', content: 'Hello' }] }));

  it('has them under every name of the model, and leaves other offerings as they are', () => {
    expect(changed.byName.get('latest-text')).toBe(changed.byName.get('text'));
    expect(changed.byName.get('text')?.offerings.map(({ price }) => price.length)).toEqual([1, 2]);
    expect(changed.byName.get('clip')).toBe(catalog.byName.get('clip'));
    expect(withPrices(catalog, new Map([['gone openai/x', outputOnly]])).models).toEqual(catalog.models);
  });

  it('passes over an offering whose price does not cover the request, and refuses the model if none is left', async () => {
    expect(await plan('text')).toMatchObject({
      value: {
        route: [{ provider: 'openai-compatible' }],
        passedOver: [{ executedModel: 'openai/t-1', why: 'unpriced' }],
      },
    });
    expect(await plan('openai/text')).toMatchObject({ error: { code: 'UNPRICED_MODEL', param: 'model' } });
  });
});
