import { eventually } from '@lumenfall/testing';
import { aBomb, aMask, aPicture, BMP, dataUri, SVG } from './pictures.js';
import { EDITS, form, ImageDesk, type Part } from './image-desk.js';
import { errorOf } from './running-gateway.js';

const desk = new ImageDesk();

describe('a bad edit is refused, naming the field, and leaves no file', () => {
  const many = (count: number): Part[] => Array.from({ length: count }, () => ['image[]', desk.png]);

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
        ['image[]', desk.png],
        ['image[]', SVG],
      ],
      400,
      'image',
      /Invalid image file/,
    ],
    [
      'a mask of another size',
      async () => [
        ['image', desk.png],
        ['mask', await aMask(64, 64)],
      ],
      400,
      'mask',
      /expected the size of the image, 96x64, but it has 64x64/,
    ],
    [
      'a mask without alpha',
      () => [
        ['image', desk.png],
        ['mask', desk.png],
      ],
      400,
      'mask',
      /alpha channel/,
    ],
    [
      'a mask that is no PNG',
      async () => [
        ['image', desk.png],
        ['mask', await aPicture('jpeg')],
      ],
      400,
      'mask',
      /a PNG/,
    ],
    ['too many pictures', () => many(17), 400, 'image', /supports at most 16 input images/],
    ['far too many pictures', () => many(30), 413, null, /Too many uploaded files/],
    [
      'a word for a number',
      () => [
        ['image', desk.png],
        ['n', 'two'],
      ],
      400,
      'n',
      /expected number/,
    ],
    [
      'half an image',
      () => [
        ['image', desk.png],
        ['n', '1.5'],
      ],
      400,
      'n',
      /expected int/,
    ],
    [
      'too many images',
      () => [
        ['image', desk.png],
        ['n', '11'],
      ],
      400,
      'n',
      /<=10/,
    ],
    [
      'compression out of range',
      () => [
        ['image', desk.png],
        ['output_compression', '101'],
      ],
      400,
      'output_compression',
      /<=100/,
    ],
    [
      'a word for a factor',
      () => [
        ['image', desk.png],
        ['scale_factor', 'big'],
      ],
      400,
      'scale_factor',
      /expected number/,
    ],
    [
      'an unknown format',
      () => [
        ['image', desk.png],
        ['output_format', 'bmp'],
      ],
      400,
      'output_format',
      /png/,
    ],
    [
      'a bad size',
      () => [
        ['image', desk.png],
        ['size', 'huge'],
      ],
      400,
      'size',
      /WIDTHxHEIGHT or W:H/,
    ],
    [
      'a field twice',
      () => [
        ['image', desk.png],
        ['prompt', 'again'],
      ],
      400,
      'prompt',
      /expected string/,
    ],
    [
      'a file elsewhere',
      () => [
        ['image', desk.png],
        ['style', desk.png],
      ],
      400,
      'style',
      /a file is not expected here/,
    ],
    ['an address in the network', () => [['image', 'http://127.0.0.1/x.png']], 400, 'image', /address is not allowed/],
  ])('%s', async (_name, parts, status, param, message) => {
    const answer = await desk.edit(...(await parts()));
    expect([answer.status, await errorOf(answer)]).toEqual([
      status,
      expect.objectContaining({ param, message: expect.stringMatching(message) }),
    ]);
    expect([desk.heard, await desk.leftovers()]).toEqual([[], []]);
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
    const body = form(...parts, ...prompt, ['image', desk.png]);
    const answer = await desk.gateway.call(EDITS, { method: 'POST', body });
    expect([answer.status, await errorOf(answer)]).toEqual([
      status,
      expect.objectContaining({ param, message: expect.stringMatching(message) }),
    ]);
    expect([desk.heard, await desk.leftovers()]).toEqual([[], []]);
  });

  it('several pictures for a model that takes one', async () => {
    const body = form(['model', 'edits-one'], ['prompt', 'x'], ...many(2));
    const answer = await desk.gateway.call(EDITS, { method: 'POST', body });
    expect([answer.status, (await errorOf(answer)).message]).toEqual([
      400,
      "Model 'edits-one' does not support multiple input images",
    ]);
    expect(await desk.leftovers()).toEqual([]);
  });

  it('an upload of 60 MB', async () => {
    const large = Buffer.concat([desk.png, Buffer.alloc(60 * 1024 * 1024)]);
    const answer = await desk.edit(['image', large]);
    expect([answer.status, await errorOf(answer)]).toEqual([
      413,
      expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', param: 'image', message: expect.stringMatching(/50 MB/) }),
    ]);
    expect(await desk.leftovers()).toEqual([]);
  });

  it.each<[string, () => unknown, string, RegExp]>([
    ['a data URI of another type', () => dataUri(desk.png, 'text/plain'), 'image', /expected a data URI of a picture/],
    ['a data URI that is not base64', () => 'data:image/png,abc', 'image', /expected a data URI of a picture/],
    ['a data URI of a text', () => dataUri(Buffer.from('hello')), 'image', /Invalid image file/],
    ['a number', () => 7, 'image', /expected an https address, a data URI or base64/],
    ['a list with a number', () => [dataUri(desk.png), 7], 'image[1]', /expected an https address/],
    ['an empty list', () => [], 'image', /Required field is missing/],
    ['a file id', () => ({ file_id: 'file-1' }), 'image', /file ids are not offered/],
    ['plain http', () => 'http://example.com/x.png', 'image', /address is not allowed/],
    ['loopback', () => 'https://127.0.0.1/x.png', 'image', /address is not allowed/],
    ['loopback, IPv6', () => 'https://[::1]/x.png', 'image', /address is not allowed/],
    ['the metadata service', () => 'https://169.254.169.254/latest', 'image', /address is not allowed/],
    ['a private network', () => 'https://10.0.0.7/x.png', 'image', /address is not allowed/],
    ['a name that resolves to loopback', () => 'https://localhost/x.png', 'image', /address is not allowed/],
    ['a redirect into the network', () => `${desk.files.url}/inwards`, 'image', /address is not allowed/],
    [
      'a redirect to a name in the network',
      () => `${desk.files.url}/inwards-by-name`,
      'image',
      /address is not allowed/,
    ],
    ['an address where nothing is', () => `${desk.files.url}/nothing`, 'image', /could not be fetched \(HTTP 404\)/],
    ['an address of a text', () => `${desk.files.url}/text`, 'image', /Invalid image file/],
    ['an address of a file of 60 MB', () => `${desk.files.url}/large`, 'image', /too large/],
  ])('JSON with %s', async (_name, image, param, message) => {
    desk.files.files
      .set('/inwards', 'https://169.254.169.254/latest/meta-data')
      .set('/inwards-by-name', 'https://localhost:9/x.png')
      .set('/text', Buffer.from('hello'))
      .set('/large', Buffer.concat([desk.png, Buffer.alloc(60 * 1024 * 1024)]));
    const answer = await desk.gateway.call(EDITS, { json: { model: 'edits', prompt: 'x', image: image() } });
    expect([[400, 413].includes(answer.status), await errorOf(answer)]).toEqual([
      true,
      expect.objectContaining({ param, message: expect.stringMatching(message) }),
    ]);
    expect([desk.heard, await desk.leftovers()]).toEqual([[], []]);
  });

  it('before its addresses are fetched, where something else is wrong', async () => {
    desk.files.asked.length = 0;
    const json = { model: 'draws', prompt: 'x', image: `${desk.files.url}/picture` };
    expect((await desk.gateway.call(EDITS, { json })).status).toBe(400);
    expect(desk.files.asked).toEqual([]);
  });

  it('a body of another type', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await desk.gateway.call(EDITS, { method: 'POST', headers, body: 'model=edits' });
    expect([answer.status, (await errorOf(answer)).code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('a form that breaks off', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const body = Buffer.concat([
      Buffer.from('--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'),
      desk.png,
    ]);
    const answer = await desk.gateway.call(EDITS, { method: 'POST', headers, body });
    expect([answer.status, (await errorOf(answer)).message]).toEqual([400, expect.stringMatching(/breaks off/)]);
    expect(await desk.leftovers()).toEqual([]);
  });

  it('and is recorded as such', async () => {
    const answer = await desk.edit(['image', desk.png], ['n', 'two']);
    const requestId = answer.headers.get('x-lumenfall-request-id');
    const record = await eventually(
      () => desk.gateway.billing.records.find((one) => one.requestId === requestId),
      5_000,
    );
    expect(record).toMatchObject({ status: 'rejected', modality: 'image', endpoint: EDITS, model: 'edits' });
  });
});
