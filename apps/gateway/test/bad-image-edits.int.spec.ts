import { eventually } from '@lumenfall/testing';
import { aBomb, aMask, anImage, BMP, dataUri, SVG } from './test-images.js';
import { EDITS, form, ImageHarness, type Part } from './image-harness.js';
import { errorOf } from './running-gateway.js';

const harness = new ImageHarness();

describe('a bad edit', () => {
  const many = (count: number): Part[] => Array.from({ length: count }, () => ['image[]', harness.png]);

  it.each<[string, () => Part[] | Promise<Part[]>, number, string | null, RegExp]>([
    ['no image', () => [], 400, 'image', /Required field is missing/],
    ['text instead of an image', () => [['image', Buffer.from('hello')]], 400, 'image', /Invalid image file provided/],
    ['an empty file', () => [['image', Buffer.alloc(0)]], 400, 'image', /Invalid image file/],
    [
      'a truncated image',
      async () => [['image', (await anImage('jpeg', 300, 300)).subarray(0, -500)]],
      400,
      'image',
      /damaged or incomplete/,
    ],
    ['a bomb of 100 megapixels', async () => [['image', await aBomb()]], 400, 'image', /at most 50 megapixels/],
    ['a bitmap', () => [['image', BMP]], 400, 'image', /expected PNG, JPEG, WebP or GIF/],
    ['an SVG', () => [['image', SVG]], 400, 'image', /expected PNG, JPEG, WebP or GIF/],
    ['a TIFF', async () => [['image', await anImage('tiff')]], 400, 'image', /expected PNG, JPEG, WebP or GIF/],
    [
      'one bad image of two',
      () => [
        ['image[]', harness.png],
        ['image[]', SVG],
      ],
      400,
      'image',
      /Invalid image file/,
    ],
    [
      'a mask of another size',
      async () => [
        ['image', harness.png],
        ['mask', await aMask(64, 64)],
      ],
      400,
      'mask',
      /expected the size of the image, 96x64, but it has 64x64/,
    ],
    [
      'a mask without alpha',
      () => [
        ['image', harness.png],
        ['mask', harness.png],
      ],
      400,
      'mask',
      /alpha channel/,
    ],
    [
      'a mask that is a JPEG',
      async () => [
        ['image', harness.png],
        ['mask', await anImage('jpeg')],
      ],
      400,
      'mask',
      /a PNG/,
    ],
    ['too many images', () => many(17), 400, 'image', /supports at most 16 input images/],
    ['more files than a form may have', () => many(30), 413, null, /Too many uploaded files/],
    [
      'a word instead of a number',
      () => [
        ['image', harness.png],
        ['n', 'two'],
      ],
      400,
      'n',
      /expected number/,
    ],
    [
      'a fraction for n',
      () => [
        ['image', harness.png],
        ['n', '1.5'],
      ],
      400,
      'n',
      /expected int/,
    ],
    [
      'n above its limit',
      () => [
        ['image', harness.png],
        ['n', '11'],
      ],
      400,
      'n',
      /<=10/,
    ],
    [
      'compression out of range',
      () => [
        ['image', harness.png],
        ['output_compression', '101'],
      ],
      400,
      'output_compression',
      /<=100/,
    ],
    [
      'a word for a scale factor',
      () => [
        ['image', harness.png],
        ['scale_factor', 'big'],
      ],
      400,
      'scale_factor',
      /expected number/,
    ],
    [
      'an unknown format',
      () => [
        ['image', harness.png],
        ['output_format', 'bmp'],
      ],
      400,
      'output_format',
      /png/,
    ],
    [
      'a bad size',
      () => [
        ['image', harness.png],
        ['size', 'huge'],
      ],
      400,
      'size',
      /WIDTHxHEIGHT or W:H/,
    ],
    [
      'a repeated field',
      () => [
        ['image', harness.png],
        ['prompt', 'again'],
      ],
      400,
      'prompt',
      /expected string/,
    ],
    [
      'a file in another field',
      () => [
        ['image', harness.png],
        ['style', harness.png],
      ],
      400,
      'style',
      /a file is not expected here/,
    ],
    ['a private address', () => [['image', 'http://127.0.0.1/x.png']], 400, 'image', /address is not allowed/],
  ])('with %s is refused, names the field, and leaves no file', async (_name, parts, status, param, message) => {
    const answer = await harness.edit(...(await parts()));
    expect([answer.status, await errorOf(answer)]).toEqual([
      status,
      expect.objectContaining({ param, message: expect.stringMatching(message) }),
    ]);
    expect([harness.jobs, await harness.leftovers()]).toEqual([[], []]);
  });

  it.each<[string, Part[], number, string, RegExp]>([
    ['an unknown model', [['model', 'nobody']], 404, 'model', /^Model 'nobody' not found/],
    ['no model', [], 400, 'model', /^model: required, for example 'gemini/],
    ['a model that only draws', [['model', 'draws']], 400, 'model', /^Model 'draws' does not support image editing$/],
    [
      'no prompt',
      [
        ['model', 'edits'],
        ['prompt', ''],
      ],
      400,
      'prompt',
      /^prompt: Required field is missing/,
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
  ])('with %s is refused, names the field, and leaves no file', async (_name, parts, status, param, message) => {
    const prompt: Part[] = parts.some(([name]) => name === 'prompt') ? [] : [['prompt', 'x']];
    const body = form(...parts, ...prompt, ['image', harness.png]);
    const answer = await harness.gateway.call(EDITS, { method: 'POST', body });
    expect([answer.status, await errorOf(answer)]).toEqual([
      status,
      expect.objectContaining({ param, message: expect.stringMatching(message) }),
    ]);
    expect([harness.jobs, await harness.leftovers()]).toEqual([[], []]);
  });

  it('with several images for a model that takes one is refused', async () => {
    const body = form(['model', 'edits-one'], ['prompt', 'x'], ...many(2));
    const answer = await harness.gateway.call(EDITS, { method: 'POST', body });
    expect([answer.status, (await errorOf(answer)).message]).toEqual([
      400,
      "Model 'edits-one' does not support multiple input images",
    ]);
    expect(await harness.leftovers()).toEqual([]);
  });

  it('with a file of 60 MB is refused', async () => {
    const large = Buffer.concat([harness.png, Buffer.alloc(60 * 1024 * 1024)]);
    const answer = await harness.edit(['image', large]);
    expect([answer.status, await errorOf(answer)]).toEqual([
      413,
      expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', param: 'image', message: expect.stringMatching(/50 MB/) }),
    ]);
    expect(await harness.leftovers()).toEqual([]);
  });

  it.each<[string, () => unknown, string, RegExp]>([
    [
      'a data URI of another type',
      () => dataUri(harness.png, 'text/plain'),
      'image',
      /expected a data URI of an image/,
    ],
    ['a data URI that is not base64', () => 'data:image/png,abc', 'image', /expected a data URI of an image/],
    ['a data URI of a text', () => dataUri(Buffer.from('hello')), 'image', /Invalid image file/],
    ['a number', () => 7, 'image', /expected an https address, a data URI or base64/],
    ['a list with a number', () => [dataUri(harness.png), 7], 'image[1]', /expected an https address/],
    ['an empty list', () => [], 'image', /Required field is missing/],
    ['a file id', () => ({ file_id: 'file-1' }), 'image', /file ids are not supported/],
    ['plain http', () => 'http://example.com/x.png', 'image', /address is not allowed/],
    ['loopback', () => 'https://127.0.0.1/x.png', 'image', /address is not allowed/],
    ['loopback, IPv6', () => 'https://[::1]/x.png', 'image', /address is not allowed/],
    ['the metadata service', () => 'https://169.254.169.254/latest', 'image', /address is not allowed/],
    ['a private network', () => 'https://10.0.0.7/x.png', 'image', /address is not allowed/],
    ['a name that resolves to loopback', () => 'https://localhost/x.png', 'image', /address is not allowed/],
    ['a redirect into the network', () => `${harness.files.url}/inwards`, 'image', /address is not allowed/],
    [
      'a redirect to a name in the network',
      () => `${harness.files.url}/inwards-by-name`,
      'image',
      /address is not allowed/,
    ],
    ['an address where nothing is', () => `${harness.files.url}/nothing`, 'image', /could not be fetched \(HTTP 404\)/],
    ['an address of a text', () => `${harness.files.url}/text`, 'image', /Invalid image file/],
    ['an address of a file of 60 MB', () => `${harness.files.url}/large`, 'image', /too large/],
  ])('in JSON with %s is refused, names the field, and leaves no file', async (_name, image, param, message) => {
    harness.files.files
      .set('/inwards', 'https://169.254.169.254/latest/meta-data')
      .set('/inwards-by-name', 'https://localhost:9/x.png')
      .set('/text', Buffer.from('hello'))
      .set('/large', Buffer.concat([harness.png, Buffer.alloc(60 * 1024 * 1024)]));
    const answer = await harness.gateway.call(EDITS, { json: { model: 'edits', prompt: 'x', image: image() } });
    expect([[400, 413].includes(answer.status), await errorOf(answer)]).toEqual([
      true,
      expect.objectContaining({ param, message: expect.stringMatching(message) }),
    ]);
    expect([harness.jobs, await harness.leftovers()]).toEqual([[], []]);
  });

  it('is refused before its addresses are fetched, if something else is wrong', async () => {
    harness.files.asked.length = 0;
    const json = { model: 'draws', prompt: 'x', image: `${harness.files.url}/image` };
    expect((await harness.gateway.call(EDITS, { json })).status).toBe(400);
    expect(harness.files.asked).toEqual([]);
  });

  it('in another content type is refused', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await harness.gateway.call(EDITS, { method: 'POST', headers, body: 'model=edits' });
    expect([answer.status, (await errorOf(answer)).code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('in a form that breaks off is refused', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const body = Buffer.concat([
      Buffer.from('--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'),
      harness.png,
    ]);
    const answer = await harness.gateway.call(EDITS, { method: 'POST', headers, body });
    expect([answer.status, (await errorOf(answer)).message]).toEqual([400, expect.stringMatching(/breaks off/)]);
    expect(await harness.leftovers()).toEqual([]);
  });

  it('is recorded as rejected', async () => {
    const answer = await harness.edit(['image', harness.png], ['n', 'two']);
    const requestId = answer.headers.get('x-lumenfall-request-id');
    const record = await eventually(
      () => harness.gateway.billing.records.find((one) => one.requestId === requestId),
      5_000,
    );
    expect(record).toMatchObject({ status: 'rejected', modality: 'image', endpoint: EDITS, model: 'edits' });
  });
});
