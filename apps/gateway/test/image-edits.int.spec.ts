import type { ImageRequest, JobPayload } from '@lumenfall/contracts';
import { eventually } from '@lumenfall/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aBomb, aMask, aPicture, BMP, dataUri, serveFiles, SVG, type FileServer } from './pictures.js';
import { errorOf, RunningGateway } from './running-gateway.js';
import { metadata } from './scripted-worker.js';

const EDITS = '/openai/v1/images/edits';

const aModel = (id: string, modes: string, image: string): string => `
id: ${id}
name: ${id}
description: Made up.
creator: nobody
created: 2026-01-01
modality: image
modes: [${modes}]
prompt_limit: 100
image: ${image}
offerings:
  - provider: fal
    model: ${id}
    parameters: { image: { send: many }, scale_factor: passed }
    price: [{ type: output, metric: ${modes === 'upscale' ? 'megapixel' : 'image'}, unit_price: '0.01' }]
`;

const gateway = new RunningGateway();
let files: FileServer;
let models: string;
let png: Buffer;
/** What the worker was given, and the bytes of its pictures at that time. */
let heard: { request: ImageRequest; bytes: Buffer[]; mask: Buffer | null }[] = [];

beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), 'models-'));
  await writeFile(join(models, 'edits.yaml'), aModel('edits', 'text-to-image, image-edit', '{}'));
  await writeFile(join(models, 'edits-one.yaml'), aModel('edits-one', 'image-edit', '{ input_images: 1 }'));
  await writeFile(join(models, 'draws.yaml'), aModel('draws', 'text-to-image', '{}'));
  await writeFile(join(models, 'grows.yaml'), aModel('grows', 'upscale', '{ upscale: { default: 2 } }'));
  files = await serveFiles();
  png = await aPicture();
  await gateway.start({ CATALOG_DIR: models, SANDBOX_URL: files.url });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await files.close();
  await rm(models, { recursive: true, force: true });
}, 30_000);

beforeEach(() => {
  heard = [];
  gateway.worker.image = async (job, send) => {
    heard.push(await readJob(job));
    const image = await storedPicture();
    await send({ type: 'images', images: Array.from({ length: job.request.n }, () => image), metadata });
  };
});

async function readJob({ request }: JobPayload<'image.generate'>): Promise<(typeof heard)[number]> {
  const read = async (name: string): Promise<Buffer> =>
    Buffer.from((await (await gateway.media.open(name))?.bytes()) ?? []);
  const bytes = await Promise.all(request.inputs.map(({ name }) => read(name)));
  return { request, bytes, mask: request.mask === null ? null : await read(request.mask.name) };
}

const made: string[] = [];
async function storedPicture() {
  const file = await gateway.media.save(png, {
    contentType: 'image/png',
    extension: 'png',
    expiresAt: Date.now() + 3_600_000,
  });
  made.push(file.name);
  return { file, width: 96, height: 64, format: 'png', revisedPrompt: null };
}

/** Files that no answer names: uploads that were left behind. */
const leftovers = async (): Promise<string[]> => (await gateway.mediaFiles()).filter((name) => !made.includes(name));

type Part = [name: string, value: string | Buffer, filename?: string];

function form(...parts: Part[]): FormData {
  const data = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([new Uint8Array(value)]), filename ?? 'picture.png');
  }
  return data;
}

const basics: Part[] = [
  ['model', 'edits'],
  ['prompt', 'At night'],
];
const edit = (...parts: Part[]): Promise<Response> =>
  gateway.call(EDITS, { method: 'POST', body: form(...basics, ...parts) });

describe('an edit', () => {
  it('from a form carries its pictures, its mask and its numbers', async () => {
    const mask = await aMask();
    const webp = await aPicture('webp');
    const answer = await edit(
      ['image[]', png],
      ['image[]', webp],
      ['mask', mask],
      ['n', '2'],
      ['output_compression', '80'],
      ['output_format', 'webp'],
      ['user', '42'],
      ['seed', '7'],
      ['size', ''],
    );
    expect([answer.status, await answer.json()]).toEqual([
      200,
      expect.objectContaining({ size: '96x64', data: [expect.anything(), expect.anything()] }),
    ]);
    expect(heard).toEqual([
      {
        request: expect.objectContaining({
          mode: 'image-edit',
          prompt: 'At night',
          n: 2,
          outputCompression: 80,
          outputFormat: 'webp',
          user: '42',
          extra: { seed: 7 },
          inputs: [
            expect.objectContaining({ contentType: 'image/png', width: 96, height: 64, sizeBytes: png.length }),
            expect.objectContaining({ contentType: 'image/webp' }),
          ],
        }),
        bytes: [png, webp],
        mask,
      },
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it.each(['image', 'image[]', 'image[0]', 'images', 'images[]'])('takes repeated fields named %s', async (name) => {
    expect((await edit([name, png], [name, png])).status).toBe(200);
    expect(heard[0]?.bytes).toEqual([png, png]);
  });

  it('takes its fields in any order', async () => {
    const answer = await gateway.call(EDITS, { method: 'POST', body: form(['image', png], ...basics) });
    expect(answer.status).toBe(200);
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['image as a data URI', () => ({ image: dataUri(png) })],
    ['image as a list', () => ({ image: [dataUri(png)] })],
    ['image_url', () => ({ image_url: `${files.url}/picture` })],
    ['image_url as an object', () => ({ image_url: { url: dataUri(png) } })],
    ['image_base64', () => ({ image_base64: png.toString('base64') })],
    ['images of OpenAI', () => ({ images: [{ image_url: dataUri(png) }] })],
    ['images of objects of objects', () => ({ images: [{ image_url: { url: dataUri(png) } }] })],
    ['a redirected address', () => ({ image: `${files.url}/moved` })],
  ])('from JSON takes %s', async (_name, fields) => {
    files.files.set('/picture', png).set('/moved', `${files.url}/picture`);
    const answer = await gateway.call(EDITS, { json: { model: 'edits', prompt: 'At night', n: 1, ...fields() } });
    expect([answer.status, heard[0]?.bytes]).toEqual([200, [png]]);
    expect(heard[0]?.request.extra).toEqual({});
    expect(await leftovers()).toEqual([]);
  });

  it('from JSON takes a mask', async () => {
    const mask = await aMask();
    const json = { model: 'edits', prompt: 'x', image: dataUri(png), mask: { image_url: dataUri(mask) } };
    expect((await gateway.call(EDITS, { json })).status).toBe(200);
    expect(heard[0]?.mask).toEqual(mask);
  });

  it('takes an address in the place of a file', async () => {
    files.files.set('/picture', png);
    const answer = await edit(['image', Buffer.from(`${files.url}/picture`), 'image_url']);
    expect([answer.status, heard[0]?.bytes]).toEqual([200, [png]]);
  });

  it('takes one of our own pictures by its address, from the store', async () => {
    const { file } = await storedPicture();
    const image = `${gateway.service.url.replace('127.0.0.1', 'localhost')}/media/${file.name}`;
    const answer = await gateway.call(EDITS, { json: { model: 'edits', prompt: 'x', image } });
    expect([answer.status, heard[0]?.bytes]).toEqual([200, [png]]);
  });

  it('is estimated without being run, and leaves nothing', async () => {
    const body = form(...basics, ['image', png], ['n', '2']);
    const answer = await gateway.call(`${EDITS}?dryRun=true`, { method: 'POST', body });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        estimated: true,
        model: 'edits',
        provider: 'fal',
        total_cost_micros: 20_000,
        currency: 'USD',
        components: [
          { type: 'output', metric: 'image', quantity: 2, billable_quantity: 2, unit_price: 0.01, total_cost: 20_000 },
        ],
      },
    ]);
    expect([heard, await leftovers()]).toEqual([[], []]);
  });

  it('that no worker could make leaves nothing', async () => {
    gateway.worker.image = async (_job, send) =>
      send({
        type: 'error',
        error: { code: 'CONTENT_POLICY_VIOLATION', message: 'refused', param: null },
        executedModel: null,
      });
    const answer = await edit(['image', png]);
    expect([answer.status, (await errorOf(answer)).code, await leftovers()]).toEqual([
      400,
      'CONTENT_POLICY_VIOLATION',
      [],
    ]);
  });
});

describe('an upscale', () => {
  it('needs no prompt, and is estimated by what it will measure', async () => {
    const parts: Part[] = [
      ['model', 'grows'],
      ['image', await aPicture('jpeg', 500, 400)],
      ['scale_factor', '2.5'],
    ];
    const dry = await gateway.call(`${EDITS}?dryRun=true`, { method: 'POST', body: form(...parts) });
    expect(await dry.json()).toMatchObject({
      total_cost_micros: 12_500,
      components: [{ metric: 'megapixel', quantity: 1.25 }],
    });
    const answer = await gateway.call(EDITS, { method: 'POST', body: form(...parts) });
    expect([answer.status, heard[0]?.request]).toEqual([
      200,
      expect.objectContaining({ mode: 'upscale', prompt: '', scaleFactor: 2.5 }),
    ]);
  });
});

describe('a generation', () => {
  it('is not conditioned by a picture in its body', async () => {
    const json = { model: 'edits', prompt: 'A fox', image: 'http://127.0.0.1/secret', mask: 'x', seed: 1 };
    expect((await gateway.call('/openai/v1/images/generations', { json })).status).toBe(200);
    expect(heard[0]?.request).toMatchObject({ mode: 'text-to-image', inputs: [], mask: null, extra: { seed: 1 } });
  });
});

describe('variations', () => {
  it('are not offered, and say what is', async () => {
    const answer = await gateway.call('/openai/v1/images/variations', { method: 'POST', body: form(['image', png]) });
    expect([answer.status, await errorOf(answer)]).toEqual([
      404,
      expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining('/openai/v1/images/edits') }),
    ]);
  });
});

describe('a bad edit is refused, naming the field, and leaves no file', () => {
  const many = (count: number): Part[] => Array.from({ length: count }, () => ['image[]', png]);

  it.each<[string, () => Part[] | Promise<Part[]>, number, string | null, RegExp]>([
    ['no picture', () => [], 400, 'image', /Required field is missing/],
    ['text instead of a picture', () => [['image', Buffer.from('hello')]], 400, 'image', /Invalid image file provided/],
    ['an empty file', () => [['image', Buffer.alloc(0)]], 400, 'image', /Invalid image file/],
    [
      'a truncated picture',
      async () => [['image', (await aPicture('jpeg', 300, 300)).subarray(0, -500)]],
      400,
      'image',
      /damaged or incomplete/,
    ],
    ['a bomb of 100 megapixels', async () => [['image', await aBomb()]], 400, 'image', /at most 50 megapixels/],
    ['a bitmap', () => [['image', BMP]], 400, 'image', /expected PNG, JPEG, WebP or GIF/],
    ['an SVG', () => [['image', SVG]], 400, 'image', /expected PNG, JPEG, WebP or GIF/],
    ['a TIFF', async () => [['image', await aPicture('tiff')]], 400, 'image', /expected PNG, JPEG, WebP or GIF/],
    [
      'one bad picture of two',
      () => [
        ['image[]', png],
        ['image[]', SVG],
      ],
      400,
      'image',
      /Invalid image file/,
    ],
    [
      'a mask of another size',
      async () => [
        ['image', png],
        ['mask', await aMask(64, 64)],
      ],
      400,
      'mask',
      /expected the size of the image, 96x64, but it has 64x64/,
    ],
    [
      'a mask without alpha',
      () => [
        ['image', png],
        ['mask', png],
      ],
      400,
      'mask',
      /alpha channel/,
    ],
    [
      'a mask that is no PNG',
      async () => [
        ['image', png],
        ['mask', await aPicture('jpeg')],
      ],
      400,
      'mask',
      /a PNG/,
    ],
    ['too many pictures', () => many(17), 400, 'image', /takes at most 16 input images/],
    ['far too many pictures', () => many(30), 413, null, /Too many uploaded files/],
    [
      'a word for a number',
      () => [
        ['image', png],
        ['n', 'two'],
      ],
      400,
      'n',
      /expected number/,
    ],
    [
      'half an image',
      () => [
        ['image', png],
        ['n', '1.5'],
      ],
      400,
      'n',
      /expected int/,
    ],
    [
      'too many images',
      () => [
        ['image', png],
        ['n', '11'],
      ],
      400,
      'n',
      /<=10/,
    ],
    [
      'compression out of range',
      () => [
        ['image', png],
        ['output_compression', '101'],
      ],
      400,
      'output_compression',
      /<=100/,
    ],
    [
      'a word for a factor',
      () => [
        ['image', png],
        ['scale_factor', 'big'],
      ],
      400,
      'scale_factor',
      /expected number/,
    ],
    [
      'an unknown format',
      () => [
        ['image', png],
        ['output_format', 'bmp'],
      ],
      400,
      'output_format',
      /png/,
    ],
    [
      'a bad size',
      () => [
        ['image', png],
        ['size', 'huge'],
      ],
      400,
      'size',
      /WIDTHxHEIGHT or W:H/,
    ],
    [
      'a field twice',
      () => [
        ['image', png],
        ['prompt', 'again'],
      ],
      400,
      'prompt',
      /expected string/,
    ],
    [
      'a file elsewhere',
      () => [
        ['image', png],
        ['style', png],
      ],
      400,
      'style',
      /a file is not expected here/,
    ],
    ['an address in the network', () => [['image', 'http://127.0.0.1/x.png']], 400, 'image', /address is not allowed/],
  ])('%s', async (_name, parts, status, param, message) => {
    const answer = await edit(...(await parts()));
    expect([answer.status, await errorOf(answer)]).toEqual([
      status,
      expect.objectContaining({ param, message: expect.stringMatching(message) }),
    ]);
    expect([heard, await leftovers()]).toEqual([[], []]);
  });

  it.each<[string, Part[], number, string, RegExp]>([
    ['an unknown model', [['model', 'nobody']], 404, 'model', /^Model 'nobody' not found/],
    ['no model', [], 400, 'model', /Required field is missing/],
    ['a model that only draws', [['model', 'draws']], 400, 'model', /^Model 'draws' does not support image editing$/],
    [
      'no prompt',
      [
        ['model', 'edits'],
        ['prompt', ''],
      ],
      400,
      'prompt',
      />=1 characters/,
    ],
    [
      'a prompt that is too long',
      [
        ['model', 'edits'],
        ['prompt', 'x'.repeat(101)],
      ],
      400,
      'prompt',
      /100 characters/,
    ],
    [
      'an upscale by a model that cannot',
      [
        ['model', 'edits'],
        ['scale_factor', '2'],
      ],
      400,
      'model',
      /does not support upscaling/,
    ],
  ])('%s', async (_name, parts, status, param, message) => {
    const prompt: Part[] = parts.some(([name]) => name === 'prompt') ? [] : [['prompt', 'x']];
    const body = form(...parts, ...prompt, ['image', png]);
    const answer = await gateway.call(EDITS, { method: 'POST', body });
    expect([answer.status, await errorOf(answer)]).toEqual([
      status,
      expect.objectContaining({ param, message: expect.stringMatching(message) }),
    ]);
    expect([heard, await leftovers()]).toEqual([[], []]);
  });

  it('several pictures for a model that takes one', async () => {
    const body = form(['model', 'edits-one'], ['prompt', 'x'], ...many(2));
    const answer = await gateway.call(EDITS, { method: 'POST', body });
    expect([answer.status, (await errorOf(answer)).message]).toEqual([
      400,
      "Model 'edits-one' does not support multiple input images",
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it('an upload of 60 MB', async () => {
    const large = Buffer.concat([png, Buffer.alloc(60 * 1024 * 1024)]);
    const answer = await edit(['image', large]);
    expect([answer.status, await errorOf(answer)]).toEqual([
      413,
      expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', param: 'image', message: expect.stringMatching(/50 MB/) }),
    ]);
    expect(await leftovers()).toEqual([]);
  });

  it.each<[string, () => unknown, string, RegExp]>([
    ['a data URI of another type', () => dataUri(png, 'text/plain'), 'image', /expected a data URI of a picture/],
    ['a data URI that is not base64', () => 'data:image/png,abc', 'image', /expected a data URI of a picture/],
    ['a data URI of a text', () => dataUri(Buffer.from('hello')), 'image', /Invalid image file/],
    ['a number', () => 7, 'image', /expected an https address, a data URI or base64/],
    ['a list with a number', () => [dataUri(png), 7], 'image[1]', /expected an https address/],
    ['an empty list', () => [], 'image', /Required field is missing/],
    ['a file id', () => ({ file_id: 'file-1' }), 'image', /file ids are not offered/],
    ['plain http', () => 'http://example.com/x.png', 'image', /address is not allowed/],
    ['loopback', () => 'https://127.0.0.1/x.png', 'image', /address is not allowed/],
    ['loopback, IPv6', () => 'https://[::1]/x.png', 'image', /address is not allowed/],
    ['the metadata service', () => 'https://169.254.169.254/latest', 'image', /address is not allowed/],
    ['a private network', () => 'https://10.0.0.7/x.png', 'image', /address is not allowed/],
    ['a name that resolves to loopback', () => 'https://localhost/x.png', 'image', /address is not allowed/],
    ['a redirect into the network', () => `${files.url}/inwards`, 'image', /address is not allowed/],
    ['a redirect to a name in the network', () => `${files.url}/inwards-by-name`, 'image', /address is not allowed/],
    ['an address where nothing is', () => `${files.url}/nothing`, 'image', /could not be fetched \(HTTP 404\)/],
    ['an address of a text', () => `${files.url}/text`, 'image', /Invalid image file/],
    ['an address of a file of 60 MB', () => `${files.url}/large`, 'image', /too large/],
  ])('JSON with %s', async (_name, image, param, message) => {
    files.files
      .set('/inwards', 'https://169.254.169.254/latest/meta-data')
      .set('/inwards-by-name', 'https://localhost:9/x.png')
      .set('/text', Buffer.from('hello'))
      .set('/large', Buffer.concat([png, Buffer.alloc(60 * 1024 * 1024)]));
    const answer = await gateway.call(EDITS, { json: { model: 'edits', prompt: 'x', image: image() } });
    expect([[400, 413].includes(answer.status), await errorOf(answer)]).toEqual([
      true,
      expect.objectContaining({ param, message: expect.stringMatching(message) }),
    ]);
    expect([heard, await leftovers()]).toEqual([[], []]);
  });

  it('before its addresses are fetched, where something else is wrong', async () => {
    files.asked.length = 0;
    const json = { model: 'draws', prompt: 'x', image: `${files.url}/picture` };
    expect((await gateway.call(EDITS, { json })).status).toBe(400);
    expect(files.asked).toEqual([]);
  });

  it('a body of another type', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await gateway.call(EDITS, { method: 'POST', headers, body: 'model=edits' });
    expect([answer.status, (await errorOf(answer)).code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('a form that breaks off', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const body = Buffer.concat([
      Buffer.from('--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'),
      png,
    ]);
    const answer = await gateway.call(EDITS, { method: 'POST', headers, body });
    expect([answer.status, (await errorOf(answer)).message]).toEqual([400, expect.stringMatching(/breaks off/)]);
    expect(await leftovers()).toEqual([]);
  });

  it('and is recorded as such', async () => {
    const answer = await edit(['image', png], ['n', 'two']);
    const requestId = answer.headers.get('x-lumenfall-request-id');
    const record = await eventually(() => gateway.billing.records.find((one) => one.requestId === requestId), 5_000);
    expect(record).toMatchObject({ status: 'rejected', modality: 'image', endpoint: EDITS, model: 'edits' });
  });
});
