import sharp from 'sharp';
import { aHalfMask, aMask, anImage, aTurnedPhoto, dataUri } from './test-images.js';
import { BASICS, EDITS, form, ImageHarness, type Part } from './image-harness.js';
import { errorOf } from './running-gateway.js';

const harness = new ImageHarness();

describe('an image edit', () => {
  it('from a form carries its images, its mask and its numbers', async () => {
    const mask = await aMask();
    const webp = await anImage('webp');
    const answer = await harness.edit(
      ['image[]', harness.png],
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
    expect(harness.jobs).toEqual([
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
            expect.objectContaining({ contentType: 'image/png', width: 96, height: 64, sizeBytes: harness.png.length }),
            expect.objectContaining({ contentType: 'image/webp' }),
          ],
        }),
        bytes: [harness.png, webp],
        mask,
      },
    ]);
    expect(await harness.leftovers()).toEqual([]);
  });

  it.each(['image', 'image[]', 'image[0]', 'images', 'images[]'])('accepts repeated fields named %s', async (name) => {
    expect((await harness.edit([name, harness.png], [name, harness.png])).status).toBe(200);
    expect(harness.jobs[0]?.bytes).toEqual([harness.png, harness.png]);
  });

  it('accepts its fields in any order', async () => {
    const answer = await harness.gateway.call(EDITS, { method: 'POST', body: form(['image', harness.png], ...BASICS) });
    expect(answer.status).toBe(200);
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['image as a data URI', () => ({ image: dataUri(harness.png) })],
    ['image as a list', () => ({ image: [dataUri(harness.png)] })],
    ['image_url', () => ({ image_url: `${harness.files.url}/image` })],
    ['image_url as an object', () => ({ image_url: { url: dataUri(harness.png) } })],
    ['image_base64', () => ({ image_base64: harness.png.toString('base64') })],
    ['images of OpenAI', () => ({ images: [{ image_url: dataUri(harness.png) }] })],
    ['images of objects of objects', () => ({ images: [{ image_url: { url: dataUri(harness.png) } }] })],
    ['a redirected address', () => ({ image: `${harness.files.url}/moved` })],
  ])('from JSON accepts %s', async (_name, fields) => {
    harness.files.files.set('/image', harness.png).set('/moved', `${harness.files.url}/image`);
    const answer = await harness.gateway.call(EDITS, {
      json: { model: 'edits', prompt: 'At night', n: 1, ...fields() },
    });
    expect([answer.status, harness.jobs[0]?.bytes]).toEqual([200, [harness.png]]);
    expect(harness.jobs[0]?.request.extra).toEqual({});
    expect(await harness.leftovers()).toEqual([]);
  });

  it('from JSON accepts a mask', async () => {
    const mask = await aMask();
    const json = { model: 'edits', prompt: 'x', image: dataUri(harness.png), mask: { image_url: dataUri(mask) } };
    expect((await harness.gateway.call(EDITS, { json })).status).toBe(200);
    expect(harness.jobs[0]?.mask).toEqual(mask);
  });

  it('accepts an uploaded file that holds an address', async () => {
    harness.files.files.set('/image', harness.png);
    const answer = await harness.edit(['image', Buffer.from(`${harness.files.url}/image`), 'image_url']);
    expect([answer.status, harness.jobs[0]?.bytes]).toEqual([200, [harness.png]]);
  });

  it('reads an image at our own address from the store', async () => {
    const { file } = await harness.storedImage();
    const image = `${harness.gateway.service.url.replace('127.0.0.1', 'localhost')}/media/${file.name}`;
    const answer = await harness.gateway.call(EDITS, { json: { model: 'edits', prompt: 'x', image } });
    expect([answer.status, harness.jobs[0]?.bytes]).toEqual([200, [harness.png]]);
  });

  it('is estimated by a dry run, which starts no job and leaves no file', async () => {
    const body = form(...BASICS, ['image', harness.png], ['n', '2']);
    const answer = await harness.gateway.call(`${EDITS}?dryRun=true`, { method: 'POST', body });
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
    expect([harness.jobs, await harness.leftovers()]).toEqual([[], []]);
  });

  it('that failed leaves no file', async () => {
    harness.gateway.worker.image = async (_job, send) =>
      send({
        type: 'error',
        error: { code: 'CONTENT_POLICY_VIOLATION', message: 'refused', param: null },
        executedModel: null,
      });
    const answer = await harness.edit(['image', harness.png]);
    expect([answer.status, (await errorOf(answer)).code, await harness.leftovers()]).toEqual([
      400,
      'CONTENT_POLICY_VIOLATION',
      [],
    ]);
  });
});

/** Red at the left, right, top or bottom; and so on for what is transparent. */
async function sideOf(
  bytes: Buffer | undefined | null,
  isThere: (pixel: readonly number[]) => boolean,
): Promise<string> {
  const { data, info } = await sharp(bytes ?? Buffer.alloc(0))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const at = (x: number, y: number): boolean => {
    const start = (y * width + x) * 4;
    return isThere([...data.subarray(start, start + 4)]);
  };
  const sides = {
    left: at(2, height >> 1),
    right: at(width - 3, height >> 1),
    top: at(width >> 1, 2),
    bottom: at(width >> 1, height - 3),
  };
  const opposite = (side: 'left' | 'top'): boolean => sides[side] !== sides[side === 'left' ? 'right' : 'bottom'];
  const found = Object.entries(sides).find(
    ([name, there]) => there && opposite(/left|right/.test(name) ? 'left' : 'top'),
  );
  return `${width}x${height} ${found?.[0] ?? 'nowhere'}`;
}

const redSide = (bytes: Buffer | undefined): Promise<string> =>
  sideOf(bytes, ([red = 0, , blue = 0]) => red > 200 && blue < 60);
const clearSide = (bytes: Buffer | undefined | null): Promise<string> => sideOf(bytes, ([, , , alpha]) => alpha === 0);

describe('a photo with an EXIF orientation', () => {
  it.each([
    [3, '96x64 right'],
    [6, '64x96 top'],
    [8, '64x96 bottom'],
  ])('of %i is sent upright, with its mask turned alike: %s', async (orientation, expected) => {
    const [photo, mask] = [await aTurnedPhoto(orientation), await aHalfMask()];
    expect((await harness.edit(['image', photo], ['mask', mask])).status).toBe(200);
    const [job] = harness.jobs;
    expect([await redSide(job?.bytes[0]), await clearSide(job?.mask)]).toEqual([expected, expected]);
    const { inputs, mask: sentMask } = job?.request ?? {};
    const [size] = expected.split(' ');
    expect([inputs?.[0], sentMask].map((image) => `${image?.width}x${image?.height}`)).toEqual([size, size]);
    expect(inputs?.[0]).toMatchObject({ contentType: 'image/jpeg', sizeBytes: job?.bytes[0]?.length });
    expect((await sharp(job?.bytes[0]).metadata()).orientation).toBeUndefined();
    expect(await harness.leftovers()).toEqual([]);
  });

  it('accepts a mask that was made for the photo as it is shown', async () => {
    const answer = await harness.edit(['image', await aTurnedPhoto(6)], ['mask', await aHalfMask(64, 96)]);
    expect(answer.status).toBe(200);
    expect(await clearSide(harness.jobs[0]?.mask)).toBe('64x96 left');
  });

  it('refuses a mask that fits neither the stored nor the shown size', async () => {
    const answer = await harness.edit(['image', await aTurnedPhoto(6)], ['mask', await aHalfMask(64, 64)]);
    expect([answer.status, await errorOf(answer)]).toEqual([
      400,
      expect.objectContaining({ param: 'mask', message: expect.stringMatching(/64x96, but it has 64x64/) }),
    ]);
    expect(await harness.leftovers()).toEqual([]);
  });

  it('is sent upright from JSON too', async () => {
    const json = { model: 'edits', prompt: 'x', image: dataUri(await aTurnedPhoto(6), 'image/jpeg') };
    expect((await harness.gateway.call(EDITS, { json })).status).toBe(200);
    expect(await redSide(harness.jobs[0]?.bytes[0])).toBe('64x96 top');
  });
});

describe('the form of an image edit', () => {
  /** A form as bytes: FormData would name every file. */
  const post = (...parts: [headers: string, body: Buffer | string][]): Promise<Response> => {
    const pieces = parts.flatMap(([headers, body]) => [`--X\r\n${headers}\r\n\r\n`, body, '\r\n']);
    return harness.gateway.call(EDITS, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=X' },
      body: Buffer.concat([...pieces, '--X--\r\n'].map((piece) => Buffer.from(piece))),
    });
  };
  const text = (name: string, value: string): [string, string] => [
    `Content-Disposition: form-data; name="${name}"`,
    value,
  ];
  const basics = (): [string, string][] => BASICS.map(([name, value]) => text(name, String(value)));

  it.each(['mask', 'image', 'photo'])('may have an empty file input: %s', async (name) => {
    const answer = await post(
      ...basics(),
      ['Content-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png', harness.png],
      [
        `Content-Disposition: form-data; name="${name}"; filename=""\r\nContent-Type: application/octet-stream`,
        Buffer.alloc(0),
      ],
    );
    expect([answer.status, harness.jobs.map(({ bytes, mask }) => [bytes, mask])]).toEqual([
      200,
      [[[harness.png], null]],
    ]);
  });

  it.each([
    ['an image type and no file name', 'image/png', ''],
    ['an image type and an empty file name', 'image/png', '; filename=""'],
    ['application/octet-stream and no file name', 'application/octet-stream', ''],
  ])('takes a part as a file that has %s', async (_what, type, fileName) => {
    const answer = await post(...basics(), [
      `Content-Disposition: form-data; name="image"${fileName}\r\nContent-Type: ${type}`,
      harness.png,
    ]);
    expect([answer.status, harness.jobs[0]?.bytes]).toEqual([200, [harness.png]]);
  });

  it('without any selected file is refused for its missing image', async () => {
    const answer = await post(...basics(), [
      'Content-Disposition: form-data; name="image"; filename=""\r\nContent-Type: application/octet-stream',
      '',
    ]);
    expect([answer.status, await errorOf(answer)]).toEqual([
      400,
      expect.objectContaining({ param: 'image', message: expect.stringMatching(/Required field is missing/) }),
    ]);
  });
});

describe('an empty optional field', () => {
  const empty = { size: '', quality: '', style: '', output_format: '', response_format: '', user: '', resolution: '' };

  it.each<[string, string, () => Record<string, unknown>]>([
    ['a generation', '/openai/v1/images/generations', () => ({ model: 'draws', prompt: 'x' })],
    ['an edit in JSON', EDITS, () => ({ model: 'edits', prompt: 'x', image: dataUri(harness.png) })],
  ])('of %s counts as absent, as in a form', async (_what, path, body) => {
    const answer = await harness.gateway.call(path, { json: { ...body(), ...empty } });
    expect([answer.status, harness.jobs[0]?.request]).toEqual([
      200,
      expect.objectContaining({ size: null, quality: null, style: null, outputFormat: null, user: null }),
    ]);
  });

  it('of an unknown name is sent to the provider unchanged', async () => {
    const json = { model: 'draws', prompt: 'x', lora: '' };
    expect((await harness.gateway.call('/openai/v1/images/generations', { json })).status).toBe(200);
    expect(harness.jobs[0]?.request.extra).toEqual({ lora: '' });
  });
});

describe('an image upscale', () => {
  it.each<[string, Part[]]>([
    ['without a prompt', []],
    ['with an empty prompt', [['prompt', '']]],
  ])('%s is accepted and estimated by the size of its result', async (_what, prompt) => {
    const parts: Part[] = [
      ...prompt,
      ['model', 'grows'],
      ['image', await anImage('jpeg', 500, 400)],
      ['scale_factor', '2.5'],
    ];
    const dry = await harness.gateway.call(`${EDITS}?dryRun=true`, { method: 'POST', body: form(...parts) });
    expect(await dry.json()).toMatchObject({
      total_cost_micros: 12_500,
      components: [{ metric: 'megapixel', quantity: 1.25 }],
    });
    const answer = await harness.gateway.call(EDITS, { method: 'POST', body: form(...parts) });
    expect([answer.status, harness.jobs[0]?.request]).toEqual([
      200,
      expect.objectContaining({ mode: 'upscale', prompt: '', scaleFactor: 2.5 }),
    ]);
  });
});

describe('an image generation', () => {
  it('ignores images in its body', async () => {
    const json = { model: 'edits', prompt: 'A fox', image: 'http://127.0.0.1/secret', mask: 'x', seed: 1 };
    expect((await harness.gateway.call('/openai/v1/images/generations', { json })).status).toBe(200);
    expect(harness.jobs[0]?.request).toMatchObject({
      mode: 'text-to-image',
      inputs: [],
      mask: null,
      extra: { seed: 1 },
    });
  });
});

describe('image variations', () => {
  it('are not offered, and the error names the alternative', async () => {
    const answer = await harness.gateway.call('/openai/v1/images/variations', {
      method: 'POST',
      body: form(['image', harness.png]),
    });
    expect([answer.status, await errorOf(answer)]).toEqual([
      404,
      expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining('/openai/v1/images/edits') }),
    ]);
  });
});
