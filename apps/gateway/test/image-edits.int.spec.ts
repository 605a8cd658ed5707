import { aMask, aPicture, dataUri } from './pictures.js';
import { BASICS, EDITS, form, ImageDesk, type Part } from './image-desk.js';
import { errorOf } from './running-gateway.js';

const desk = new ImageDesk();

describe('an edit', () => {
  it('from a form carries its pictures, its mask and its numbers', async () => {
    const mask = await aMask();
    const webp = await aPicture('webp');
    const answer = await desk.edit(
      ['image[]', desk.png],
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
    expect(desk.heard).toEqual([
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
            expect.objectContaining({ contentType: 'image/png', width: 96, height: 64, sizeBytes: desk.png.length }),
            expect.objectContaining({ contentType: 'image/webp' }),
          ],
        }),
        bytes: [desk.png, webp],
        mask,
      },
    ]);
    expect(await desk.leftovers()).toEqual([]);
  });

  it.each(['image', 'image[]', 'image[0]', 'images', 'images[]'])('takes repeated fields named %s', async (name) => {
    expect((await desk.edit([name, desk.png], [name, desk.png])).status).toBe(200);
    expect(desk.heard[0]?.bytes).toEqual([desk.png, desk.png]);
  });

  it('takes its fields in any order', async () => {
    const answer = await desk.gateway.call(EDITS, { method: 'POST', body: form(['image', desk.png], ...BASICS) });
    expect(answer.status).toBe(200);
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['image as a data URI', () => ({ image: dataUri(desk.png) })],
    ['image as a list', () => ({ image: [dataUri(desk.png)] })],
    ['image_url', () => ({ image_url: `${desk.files.url}/picture` })],
    ['image_url as an object', () => ({ image_url: { url: dataUri(desk.png) } })],
    ['image_base64', () => ({ image_base64: desk.png.toString('base64') })],
    ['images of OpenAI', () => ({ images: [{ image_url: dataUri(desk.png) }] })],
    ['images of objects of objects', () => ({ images: [{ image_url: { url: dataUri(desk.png) } }] })],
    ['a redirected address', () => ({ image: `${desk.files.url}/moved` })],
  ])('from JSON takes %s', async (_name, fields) => {
    desk.files.files.set('/picture', desk.png).set('/moved', `${desk.files.url}/picture`);
    const answer = await desk.gateway.call(EDITS, { json: { model: 'edits', prompt: 'At night', n: 1, ...fields() } });
    expect([answer.status, desk.heard[0]?.bytes]).toEqual([200, [desk.png]]);
    expect(desk.heard[0]?.request.extra).toEqual({});
    expect(await desk.leftovers()).toEqual([]);
  });

  it('from JSON takes a mask', async () => {
    const mask = await aMask();
    const json = { model: 'edits', prompt: 'x', image: dataUri(desk.png), mask: { image_url: dataUri(mask) } };
    expect((await desk.gateway.call(EDITS, { json })).status).toBe(200);
    expect(desk.heard[0]?.mask).toEqual(mask);
  });

  it('takes an address in the place of a file', async () => {
    desk.files.files.set('/picture', desk.png);
    const answer = await desk.edit(['image', Buffer.from(`${desk.files.url}/picture`), 'image_url']);
    expect([answer.status, desk.heard[0]?.bytes]).toEqual([200, [desk.png]]);
  });

  it('takes one of our own pictures by its address, from the store', async () => {
    const { file } = await desk.storedPicture();
    const image = `${desk.gateway.service.url.replace('127.0.0.1', 'localhost')}/media/${file.name}`;
    const answer = await desk.gateway.call(EDITS, { json: { model: 'edits', prompt: 'x', image } });
    expect([answer.status, desk.heard[0]?.bytes]).toEqual([200, [desk.png]]);
  });

  it('is estimated without being run, and leaves nothing', async () => {
    const body = form(...BASICS, ['image', desk.png], ['n', '2']);
    const answer = await desk.gateway.call(`${EDITS}?dryRun=true`, { method: 'POST', body });
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
    expect([desk.heard, await desk.leftovers()]).toEqual([[], []]);
  });

  it('that no worker could make leaves nothing', async () => {
    desk.gateway.worker.image = async (_job, send) =>
      send({
        type: 'error',
        error: { code: 'CONTENT_POLICY_VIOLATION', message: 'refused', param: null },
        executedModel: null,
      });
    const answer = await desk.edit(['image', desk.png]);
    expect([answer.status, (await errorOf(answer)).code, await desk.leftovers()]).toEqual([
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
    const dry = await desk.gateway.call(`${EDITS}?dryRun=true`, { method: 'POST', body: form(...parts) });
    expect(await dry.json()).toMatchObject({
      total_cost_micros: 12_500,
      components: [{ metric: 'megapixel', quantity: 1.25 }],
    });
    const answer = await desk.gateway.call(EDITS, { method: 'POST', body: form(...parts) });
    expect([answer.status, desk.heard[0]?.request]).toEqual([
      200,
      expect.objectContaining({ mode: 'upscale', prompt: '', scaleFactor: 2.5 }),
    ]);
  });
});

describe('a generation', () => {
  it('is not conditioned by a picture in its body', async () => {
    const json = { model: 'edits', prompt: 'A fox', image: 'http://127.0.0.1/secret', mask: 'x', seed: 1 };
    expect((await desk.gateway.call('/openai/v1/images/generations', { json })).status).toBe(200);
    expect(desk.heard[0]?.request).toMatchObject({ mode: 'text-to-image', inputs: [], mask: null, extra: { seed: 1 } });
  });
});

describe('variations', () => {
  it('are not offered, and say what is', async () => {
    const answer = await desk.gateway.call('/openai/v1/images/variations', {
      method: 'POST',
      body: form(['image', desk.png]),
    });
    expect([answer.status, await errorOf(answer)]).toEqual([
      404,
      expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining('/openai/v1/images/edits') }),
    ]);
  });
});
