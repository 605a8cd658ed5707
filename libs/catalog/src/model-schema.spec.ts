import {
  chatBodySchema,
  imageBodySchema,
  imageEditBodySchema,
  NO_RULES,
  PROVIDER_SLUGS,
  videoBodySchema,
} from '@lumenfall/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { checkBody } from './check-body.js';
import {
  loadCatalog,
  modelSchemaOf,
  parseCatalog,
  planChat,
  planImage,
  planVideo,
  refuseImageEdit,
  type Catalog,
  type ModelEntry,
} from './index.js';

/** Of the kinds that not every catalog has. */
const unusual = parseCatalog(
  ['image-edit', 'upscale', 'image-edit, upscale'].map((modes) => ({
    name: modes,
    text: `
id: only-${modes.replace(', ', '-')}
name: Only ${modes}
description: For tests.
creator: someone
created: 2026-01-01
modality: image
modes: [${modes}]
prompt_limit: 2500
image:
  tiers: [1K]${modes.includes('edit') ? '\n  input_images: 2' : ''}${modes.includes('upscale') ? '\n  upscale: { default: 2 }' : ''}
offerings:
  - provider: fal
    model: x
    parameters: { image: { as: image_url }, scale_factor: passed }
    price: [{ type: output, metric: image, unit_price: '1' }]
`,
  })),
);
const models = [...loadCatalog().models, ...unusual.models];
const catalog: Catalog = {
  ...unusual,
  models,
  byName: new Map(models.map((entry) => [entry.id, entry])),
};
const context = { available: PROVIDER_SLUGS.map((provider) => ({ provider, sandbox: true })), rules: NO_RULES };

/** Whether the gateway would take it: the endpoint's own schema, then the plan. */
async function isAdmitted(entry: ModelEntry, body: Record<string, unknown>): Promise<boolean> {
  if (entry.modality === 'text') {
    const parsed = chatBodySchema.safeParse(body);
    return parsed.success && (await planChat(catalog, context, parsed.data)).ok;
  }
  if (entry.modality === 'video') {
    const parsed = videoBodySchema.safeParse(body);
    return parsed.success && planVideo(catalog, context, parsed.data).ok;
  }
  if (entry.modes.includes('text-to-image')) {
    const parsed = imageBodySchema.safeParse(body);
    return parsed.success && (await planImage(catalog, context, parsed.data)).ok;
  }
  const parsed = imageEditBodySchema.safeParse(body);
  const images = { inputs: [body['image'] ?? []].flat().length, mask: false };
  return parsed.success && refuseImageEdit(catalog, parsed.data, images) === null;
}

const content = (...parts: object[]) => ({ messages: [{ role: 'user', content: parts }] });
const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
const reference = { image_url: 'https://example.com/a.png' };

/** Changes to a good body: what clients get wrong, and what they get right in unusual ways. */
const CHANGES: Record<ModelEntry['modality'], Record<string, unknown>[]> = {
  text: [
    {},
    { messages: undefined },
    { messages: [] },
    { messages: [{ role: 'robot', content: 'x' }] },
    { messages: [{ role: 'user', content: 5 }] },
    { messages: [{ role: 'user', content: null }, { role: 'assistant' }] },
    content({ type: 'text', text: 'x' }),
    content({ text: 'x' }),
    content({ type: 'text', text: 'x' }, image),
    content({ type: 'input_audio', input_audio: { data: '', format: 'wav' } }),
    ...[-1, 0, 2, 2.1, '1', null].map((temperature) => ({ temperature })),
    ...[0, 1, 1.5, 4096, 100_000, 10_000_000, null].map((max_tokens) => ({ max_tokens })),
    { max_completion_tokens: 10_000_000 },
    { stop: ['a', 'b', 'c', 'd', 'e'] },
    { stop: 'a' },
    { n: 0 },
    { n: 129 },
    { stream: 'yes' },
    { tools: [] },
    { tools: [{ type: 'function', function: { name: 'f' } }], unknown: { deep: [1] } },
  ],
  image: [
    {},
    { prompt: undefined },
    { prompt: '' },
    { prompt: 7 },
    ...[1000, 2500, 20_000, 20_001, 32_000, 32_001, 200_000].map((length) => ({ prompt: 'x'.repeat(length) })),
    { prompt: '\u{1f98a}'.repeat(15_000) },
    ...[0, 1, 10, 11, 1.5, '2', null].map((n) => ({ n })),
    ...['1024x1024', '1x1', '16:9', 'auto', '99999x1', 'big', '0x0', 7, null].map((size) => ({ size })),
    { aspect_ratio: '7:3' },
    { aspect_ratio: 2 },
    { resolution: '16K' },
    ...['hd', 'standard', 'low', 'high', 'auto', 'ultra', 3, null].map((quality) => ({ quality })),
    { style: 'vivid' },
    { response_format: 'png' },
    { response_format: null },
    { output_format: 'tiff' },
    { output_compression: 0 },
    { output_compression: 100 },
    { seed: 'any', guidance_scale: [1] },
    { image: undefined },
    { image: Array.from({ length: 17 }, () => 'https://example.com/a.png') },
    { image: ['https://example.com/a.png', 'https://example.com/b.png'] },
    { scale_factor: 2 },
    { scale_factor: 2, prompt: undefined },
    { scale_factor: 0 },
  ],
  video: [
    {},
    { prompt: undefined },
    ...[2500, 2501, 5000, 5001].map((length) => ({ prompt: 'x'.repeat(length) })),
    ...[0, -1, 0.5, 5, 600, 601, '0', '00', '0.0', '5', '05.5', '600', '600.0', '600.1', '601', '1e2', 'x', null].map(
      (seconds) => ({ seconds }),
    ),
    { duration: 1000 },
    { size: 'big' },
    { size: '1x1' },
    { aspect_ratio: '99:1', resolution: '8K' },
    ...[1, '1', '01', 2, 0, '2', null].map((n) => ({ n })),
    ...[reference, [reference], [], [reference, reference], 'x', { url: 'x' }, null].map((input_reference) => ({
      input_reference,
    })),
    { metadata: { a: 'b' } },
    { metadata: { a: 1 } },
    { media_retention: '90d' },
    { idempotency_key: '' },
    { seed: 'any', generate_audio: 7 },
  ],
};

const GOOD: Record<ModelEntry['modality'], Record<string, unknown>> = {
  text: { messages: [{ role: 'user', content: 'Hi' }] },
  image: { prompt: 'A fox', image: 'https://example.com/a.png' },
  video: { prompt: 'A fox runs' },
};

/** One for all models: it compiles the meta-schema of JSON Schema, which takes a while. */
const metaSchema = new Ajv2020({ strict: false });

describe.each(models.map((entry) => [entry.id, entry] as const))('the schema of %s', (id, entry) => {
  // As a client would read it: through JSON, with a validator of its own.
  const served: object = JSON.parse(JSON.stringify(modelSchemaOf(entry)));
  const validate = new Ajv2020({ strict: false, allErrors: true, validateSchema: false }).compile(served);

  it('the schema of a model is valid and states the handling of each parameter', () => {
    expect(metaSchema.validateSchema(served)).toBe(true);
    expect(served).toMatchObject({ title: entry.name, 'x-model': id, properties: { model: { type: 'string' } } });
  });

  it('the schema of a model accepts and refuses the same bodies as the gateway', async () => {
    const verdicts: boolean[] = [];
    for (const change of CHANGES[entry.modality]) {
      const body: Record<string, unknown> = { model: id, ...GOOD[entry.modality], ...change };
      for (const name of Object.keys(body)) if (body[name] === undefined) delete body[name];
      const admitted = await isAdmitted(entry, body);
      expect([JSON.stringify(body).slice(0, 300), validate(body)]).toEqual([
        JSON.stringify(body).slice(0, 300),
        admitted,
      ]);
      verdicts.push(admitted);
    }
    expect(new Set(verdicts)).toEqual(new Set([true, false]));
  });
});

describe('the schema of an operator’s model', () => {
  const { models: own } = parseCatalog([
    {
      name: 'a.yaml',
      text: `
id: a-model
name: A model
description: For tests.
creator: someone
created: 2026-01-01
modality: video
modes: [text-to-video, video-to-video]
prompt_limit: 20
video: { seconds: [4, 8], sizes: [1280x720], input_references: 0 }
parameters:
  seed: { type: integer, minimum: 0, maximum: 10 }
  mode: { type: string, enum: [pro, standard], default: pro, providers: [fal], handling: renamed }
  video_url: { type: file, required: true, modes: [video-to-video] }
  negative_prompt: { type: string, max_length: 3, description: What to avoid. }
offerings:
  - { provider: fal, model: x, price: [{ type: output, metric: second, unit_price: '1' }] }
`,
    },
  ]);
  const [entry] = own;
  if (!entry) throw new Error('no entry');
  const { properties } = modelSchemaOf(entry);

  it('lists its own parameters besides those of every video model', () => {
    expect(properties).toMatchObject({
      prompt: { type: 'string', maxLength: 20, 'x-handling': 'renamed' },
      seconds: { examples: [4, 8], default: 4, 'x-handling': 'converted' },
      size: { examples: ['1280x720'] },
      seed: { type: ['integer', 'null'], minimum: 0, maximum: 10, 'x-handling': 'passed' },
      mode: { enum: ['pro', 'standard', null], default: 'pro', 'x-providers': ['fal'], 'x-handling': 'renamed' },
      video_url: { 'x-type': 'file', 'x-modes': ['video-to-video'], 'x-required-in': ['video-to-video'] },
      negative_prompt: { type: ['string', 'null'], maxLength: 3, description: 'What to avoid.' },
    });
  });

  it.each([
    [{ prompt: 'x'.repeat(21) }, 'prompt: Too big: expected string to have <=20 characters'],
    [{ seed: 1.5 }, 'seed: Invalid input: expected integer, received number'],
    [{ seed: -1 }, 'seed: Too small: expected number to be >=0'],
    [{ mode: 'turbo' }, 'mode: Invalid option: expected one of "pro"|"standard"'],
    [{ negative_prompt: 'rain' }, 'negative_prompt: Too big: expected string to have <=3 characters'],
    [{ input_reference: { image_url: 'x' } }, 'input_reference: Invalid input: expected nothing, received object'],
  ])('refuses %j with the wording of the endpoints', (change, message) => {
    const refusal = checkBody(entry, 'text-to-video', { model: 'a-model', prompt: 'x', ...change });
    expect(refusal).toMatchObject({ code: 'INVALID_REQUEST', message, param: message.split(':')[0] });
  });

  it('requires a parameter of one mode only in that mode', () => {
    const body = { model: 'a-model', prompt: 'x' };
    expect(checkBody(entry, 'text-to-video', body)).toBeNull();
    expect(checkBody(entry, 'video-to-video', body)).toMatchObject({ param: 'video_url' });
  });
});
