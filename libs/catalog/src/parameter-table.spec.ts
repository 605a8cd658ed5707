import { anImageRequest } from '@lumenfall/testing';
import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable } from './parameter-table.js';
import { compressesNatively, upstreamParameters, type SentImages } from './upstream-parameters.js';

const REQUEST: ImageRequest = anImageRequest();

const sent = (table: Record<string, unknown>, request: Partial<ImageRequest>, images?: SentImages) =>
  upstreamParameters(readParameterTable(table), { ...REQUEST, ...request }, images);

const SIZES = ['1024x1024', '1536x1024', '1024x1536'];
const RATIOS = ['1:1', '16:9', '9:16', '4:3', '3:4'];
const TIERS = ['1K', '2K', '4K'];

describe('a parameter without a line in the table', () => {
  it.each<[Partial<ImageRequest>]>([
    [{ n: 3 }],
    [{ size: '1024x1024' }],
    [{ aspectRatio: '16:9', resolution: '2K' }],
    [{ quality: 'high', style: 'vivid', user: 'u1' }],
    [{ outputFormat: 'webp', outputCompression: 80 }],
    [{ scaleFactor: 2 }],
  ])('is not sent: %j', (request) => expect(sent({}, request)).toEqual({ prompt: 'a fox' }));

  it('an unknown field without a line is sent unchanged', () => {
    const extra = { seed: 7, 'a.b': 1, nested: { c: [1] } };
    expect(sent({}, { extra })).toEqual({ ...extra, prompt: 'a fox' });
  });

  it('a field named __proto__ does not reach the prototype', () => {
    const extra = JSON.parse('{"__proto__": {"admin": true}}') as Record<string, unknown>;
    const fields = sent({}, { extra });
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
    expect(Object.keys(fields)).toEqual(['__proto__', 'prompt']);
  });
});

describe('a converted value', () => {
  it.each<[string, Record<string, unknown>, Partial<ImageRequest>, Record<string, unknown>]>([
    ['passed', { n: 'passed', quality: 'passed' }, { n: 2, quality: 'hd' }, { n: 2, quality: 'hd' }],
    ['renamed', { n: { as: 'num_images' } }, { n: 2 }, { num_images: 2 }],
    ['renamed into an object', { user: { as: 'meta.who.id' } }, { user: 'u1' }, { meta: { who: { id: 'u1' } } }],
    ['translated', { quality: { values: { hd: 'high' } } }, { quality: 'hd' }, { quality: 'high' }],
    ['left out where it has no translation', { quality: { values: { hd: 'high' } } }, { quality: 'ultra' }, {}],
    ['left out where it only sounds known', { quality: { values: { hd: 'high' } } }, { quality: 'constructor' }, {}],
    ['translated to a number', { quality: { as: 'steps', values: { low: 4 } } }, { quality: 'low' }, { steps: 4 }],
    ['emulated, though asked for', { style: 'emulated' }, { style: 'vivid' }, {}],
    ['clamped from above', { n: { max: 4 } }, { n: 9 }, { n: 4 }],
    ['clamped from below', { others: { steps: { min: 4 } } }, { extra: { steps: 1 } }, { steps: 4 }],
    ['made a text', { n: { type: 'string' } }, { n: 2 }, { n: '2' }],
    ['made whole', { others: { steps: { type: 'integer' } } }, { extra: { steps: 3.6 } }, { steps: 4 }],
    [
      'renamed though not ours',
      { others: { seed: { as: 'noise.seed' } } },
      { extra: { seed: 7 } },
      { noise: { seed: 7 } },
    ],
    ['held back though not ours', { others: { seed: 'emulated' } }, { extra: { seed: 7 } }, {}],
    [
      'translated to its own word for a format',
      { output_format: { values: { jpeg: 'jpg' } } },
      { outputFormat: 'jpeg' },
      { output_format: 'jpg' },
    ],
    [
      'left out where the format is not made there',
      { output_format: { values: { jpeg: 'jpg' } } },
      { outputFormat: 'avif' },
      {},
    ],
  ])('is %s', (_how, table, request, fields) => {
    expect(sent(table, request)).toEqual({ prompt: 'a fox', ...fields });
  });

  it.each<[Partial<ImageRequest>, boolean]>([
    [{ outputFormat: 'webp', outputCompression: 80 }, true],
    [{ outputFormat: 'png', outputCompression: 80 }, false],
    [{ outputFormat: 'avif', outputCompression: 80 }, false],
    [{ outputCompression: 80 }, false],
    [{ outputFormat: 'webp' }, false],
  ])('output_compression is sent only with a lossy format that is sent too: %j', (request, natively) => {
    const table = { output_format: { values: { png: 'png', webp: 'webp' } }, output_compression: 'passed' };
    expect('output_compression' in sent(table, request)).toBe(natively);
    expect(compressesNatively(readParameterTable(table), { ...REQUEST, ...request })).toBe(natively);
  });

  it('a fixed field of the table overrides a client field and is overridden by a parameter', () => {
    const table = { fixed: { safety: 2, size: '1024x1024', 'a.b': 1 }, size: { nearest: SIZES } };
    expect(sent(table, { extra: { safety: 6, a: { c: 2 } } })).toEqual({
      prompt: 'a fox',
      safety: 2,
      size: '1024x1024',
      a: { b: 1, c: 2 },
    });
    expect(sent(table, { size: '9:16' })).toMatchObject({ size: '1024x1536' });
  });

  it('an empty prompt is not sent', () => {
    expect(sent({}, { mode: 'upscale', prompt: '' })).toEqual({});
    expect(sent({ prompt: { as: 'positivePrompt' } }, {})).toEqual({ positivePrompt: 'a fox' });
  });
});

describe('shape and scale', () => {
  it.each<[string, Record<string, unknown>, Partial<ImageRequest>, Record<string, unknown>]>([
    ['nothing asked', { size: { nearest: SIZES } }, {}, {}],
    ['nothing asked, a size by default', { size: { nearest: SIZES, default: '1536x1024' } }, {}, { size: '1536x1024' }],
    ['nothing asked of an edit', { size: { nearest: SIZES, default: '1536x1024' } }, { mode: 'image-edit' }, {}],
    ['auto', { aspect_ratio: { nearest: RATIOS } }, { size: 'auto' }, {}],
    ['a listed size', { size: { nearest: SIZES } }, { size: '1536x1024' }, { size: '1536x1024' }],
    ['the nearest size', { size: { nearest: SIZES } }, { size: '1792x1024' }, { size: '1536x1024' }],
    ['a size from a ratio', { size: { nearest: SIZES } }, { aspectRatio: '2:3' }, { size: '1024x1536' }],
    [
      'a size of another name',
      { size: { as: 'image_size', nearest: { '1024x1024': 'square_hd', '1024x576': 'wide' } } },
      { size: '16:9' },
      { image_size: 'wide' },
    ],
    [
      'size over ratio and tier',
      { aspect_ratio: { nearest: RATIOS }, resolution: { nearest: TIERS } },
      { size: '2048x2048', aspectRatio: '16:9', resolution: '4K' },
      { aspect_ratio: '1:1', resolution: '2K' },
    ],
    [
      'a size that is a ratio, with a tier',
      { aspect_ratio: { nearest: RATIOS }, resolution: { nearest: TIERS } },
      { size: '16:9', resolution: '4K' },
      { aspect_ratio: '16:9', resolution: '4K' },
    ],
    [
      'a ratio alone',
      { aspect_ratio: { nearest: RATIOS }, resolution: { nearest: TIERS } },
      { aspectRatio: '2:1' },
      { aspect_ratio: '16:9' },
    ],
    [
      'a tier alone',
      { aspect_ratio: { nearest: RATIOS }, resolution: { nearest: TIERS } },
      { resolution: '0.5K' },
      { resolution: '1K' },
    ],
    [
      'a tier of another name',
      { resolution: { as: 'mp', nearest: { '1K': '1 MP', '2K': '4 MP' } } },
      { resolution: '2K' },
      { mp: '4 MP' },
    ],
    [
      'the shape where there are no tiers',
      { aspect_ratio: { nearest: RATIOS } },
      { size: '3840x2160' },
      { aspect_ratio: '16:9' },
    ],
    [
      'a path',
      { aspect_ratio: { as: 'config.imageConfig.aspectRatio', nearest: RATIOS } },
      { size: '1:1' },
      { config: { imageConfig: { aspectRatio: '1:1' } } },
    ],
    [
      'pixels as an object',
      { size: { as: 'image_size', pixels: 'object' } },
      { size: '1024x768' },
      { image_size: { width: 1024, height: 768 } },
    ],
    [
      'pixels as two fields',
      { size: { pixels: 'sides', block: 32 } },
      { size: '1000x760' },
      { width: 992, height: 768 },
    ],
    ['pixels as a text', { size: { pixels: 'text' } }, { size: '16:9', resolution: '2K' }, { size: '2048x1152' }],
    [
      'the area of the model where only the shape is known',
      { size: { pixels: 'text' } },
      { aspectRatio: '16:9' },
      { size: '1360x768' },
    ],
    [
      'a larger area where the model makes larger images',
      { size: { pixels: 'text', scale: 2048 } },
      { aspectRatio: '1:1' },
      { size: '2048x2048' },
    ],
    [
      'no side over the largest, the shape kept',
      { size: { pixels: 'text', max: 2048 } },
      { size: '4096x2048' },
      { size: '2048x1024' },
    ],
    ['no side under the smallest', { size: { pixels: 'text', min: 256 } }, { size: '1024x128' }, { size: '2048x256' }],
    [
      'no area over the largest',
      { size: { pixels: 'text', max_area: 4_000_000 } },
      { size: '4096x4096' },
      { size: '2000x2000' },
    ],
    [
      'a square where only the scale is known',
      { size: { pixels: 'text' } },
      { resolution: '0.5K' },
      { size: '512x512' },
    ],
    [
      'a size of a list as two fields',
      { size: { nearest: ['1024x1024', '1280x720'], default: '1024x1024', pixels: 'sides' } },
      { size: '16:9' },
      { width: 1280, height: 720 },
    ],
    [
      'a size of a list as an object, by default',
      { size: { as: 'image_size', nearest: ['1024x1024'], default: '1024x1024', pixels: 'object' } },
      {},
      { image_size: { width: 1024, height: 1024 } },
    ],
    ['pixels with a star', { size: { pixels: 'text', sign: '*' } }, { size: '1024x768' }, { size: '1024*768' }],
    ['a size of its own for a new image', { size: { pixels: 'text', scale: 2048 } }, {}, { size: '2048x2048' }],
    ['nothing of an edit that asks for nothing', { size: { pixels: 'text' } }, { mode: 'image-edit' }, {}],
    ['nothing where it is emulated', { size: 'emulated' }, { size: '512x512' }, {}],
  ])('are %s', (_what, table, request, fields) => {
    expect(sent(table, request)).toEqual({ prompt: 'a fox', ...fields });
  });
});

describe('input images', () => {
  const images = { images: ['a', 'b', 'c'], mask: 'm' };

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['the first only', { image: { as: 'image_url' } }, { image_url: 'a' }],
    ['as a list', { image: { as: 'image_urls', send: 'many' } }, { image_urls: ['a', 'b', 'c'] }],
    [
      'by numbers',
      { image: { as: 'input_image', send: 'numbered' } },
      { input_image: 'a', input_image_2: 'b', input_image_3: 'c' },
    ],
    ['with a mask', { image: {}, mask: { as: 'mask_url' } }, { image: 'a', mask_url: 'm' }],
    ['not at all', {}, {}],
  ])('are sent %s', (_how, table, fields) => {
    expect(sent(table, { mode: 'image-edit' }, images)).toEqual({ prompt: 'a fox', ...fields });
  });

  it('input images are not sent if there are none', () => {
    expect(sent({ image: { send: 'many' }, mask: {} }, {})).toEqual({ prompt: 'a fox' });
  });

  it.each<[string, unknown, number | null, Record<string, unknown>]>([
    ['as it is', 'passed', 2.5, { scale_factor: 2.5 }],
    ['renamed and clamped', { as: 'upscale_factor', max: 4 }, 8, { upscale_factor: 4 }],
    ['to the nearest', { nearest: [2, 4] }, 2.4, { scale_factor: 2 }],
    ['to the larger of two', { nearest: [2, 4] }, 3, { scale_factor: 4 }],
    ['by name', { as: 'upscaleFactor', nearest: { 2: 'x2', 4: 'x4' } }, 4, { upscaleFactor: 'x4' }],
    ['as a text', { nearest: [2, 4], type: 'string' }, 2, { scale_factor: '2' }],
    ['not where the model has its own', 'emulated', 2, {}],
    ['not where none was asked', 'passed', null, {}],
  ])('grow %s', (_how, rule, scaleFactor, fields) => {
    expect(sent({ scale_factor: rule }, { mode: 'upscale', prompt: '', scaleFactor })).toEqual(fields);
  });
});
