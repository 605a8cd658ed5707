import { findImages, withoutImage } from './image-files.js';
import { failureInBody } from '../http/index.js';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64');
const BYTES = { kind: 'bytes', bytes: Buffer.from(PNG, 'base64') };
const URL_SOURCE = { kind: 'url', url: 'https://a/b.png' };
const sourcesOf = (body: unknown) => findImages(body).images.map(({ source }) => source);

describe('findImages', () => {
  it.each<[unknown, unknown]>([
    [{ data: [{ b64_json: PNG }] }, BYTES],
    [{ data: [{ b64_json: `data:image/png;base64,${PNG}` }] }, BYTES],
    [{ data: [{ b64_json: `data:image/png;base64,${PNG.slice(0, 4)}\n${PNG.slice(4)}` }] }, BYTES],
    [{ data: [{ b64_json: 'https://a/b.png' }] }, URL_SOURCE],
    [{ data: [{ url: 'https://a/b.png' }] }, URL_SOURCE],
    [{ data: [{ url: `data:image/png;base64,${PNG}` }] }, BYTES],
    [{ data: [{ b64_json: '', url: 'https://a/b.png' }] }, URL_SOURCE],
    [{ data: { url: 'https://a/b.png' } }, URL_SOURCE],
    [{ output: [{ url: 'https://a/b.png' }] }, URL_SOURCE],
    [{ output: 'https://a/b.png' }, URL_SOURCE],
    [{ output: ['https://a/b.png'] }, URL_SOURCE],
    [{ images: [{ url: 'https://a/b.png' }] }, URL_SOURCE],
    [{ images: [{ image_url: { url: `data:image/png;base64,${PNG}` } }] }, BYTES],
    [{ images: ['https://a/b.png'] }, URL_SOURCE],
    [{ images: [PNG] }, BYTES],
    [{ images: [`data:image/png;base64,${PNG}`] }, BYTES],
    [{ image: PNG }, BYTES],
    [{ image: { url: 'https://a/b.png' } }, URL_SOURCE],
    [{ data: [{ inline_data: { mime_type: 'image/png', data: PNG } }] }, BYTES],
    [{ data: [{ inlineData: { mimeType: 'image/png', data: PNG } }] }, BYTES],
    [{ data: null, images: [{ b64_json: PNG }] }, BYTES],
    [{ result: { data: [{ image: { url: 'https://a/b.png' } }] } }, URL_SOURCE],
    [{ artifacts: [{ base64: PNG, finishReason: 'SUCCESS' }] }, BYTES],
    [[{ url: 'https://a/b.png' }], URL_SOURCE],
  ])('reads %j', (body, source) => expect(sourcesOf(body)).toEqual([source]));

  it('reads several images in order, with their revised prompts', () => {
    const body = { data: [{ url: 'https://a/1' }, { url: 'https://a/2', revised_prompt: 'a red fox' }] };
    expect(findImages(body).images).toEqual([
      { source: { kind: 'url', url: 'https://a/1' }, revisedPrompt: null },
      { source: { kind: 'url', url: 'https://a/2' }, revisedPrompt: 'a red fox' },
    ]);
  });

  it('leaves out images that the moderation withheld', () => {
    const body = { data: [{ url: 'https://a/1', respect_moderation: false }, { url: 'https://a/2' }] };
    expect(findImages(body)).toMatchObject({ images: [{ source: { url: 'https://a/2' } }], isModerated: true });
  });

  it.each([[{}], [{ data: [] }], [{ data: [{}] }], [{ data: null }], [{ data: [{ url: 'javascript:x' }] }]])(
    'finds nothing in %j',
    (body) => expect(findImages(body)).toMatchObject({ images: [], isUnreadable: false }),
  );

  it.each([[null], ['text'], [{ data: 'x' }], [{ output: 'I cannot draw that' }], [{ data: [7] }]])(
    'calls %j unreadable',
    (body) => expect(findImages(body)).toMatchObject({ images: [], isUnreadable: true }),
  );
});

describe('withoutImage', () => {
  const http = {
    failureIn: (body: unknown, otherwise?: 'empty') =>
      failureInBody(body, () => ({ message: null, kind: null }), { secrets: [], ...(otherwise && { otherwise }) }),
  };
  it.each<[unknown, string, string]>([
    [{ data: [{ respect_moderation: false }] }, 'moderation', 'The provider refused the content'],
    [{ error: { message: 'blocked by our content policy' } }, 'moderation', 'blocked by our content policy'],
    [{ error: { message: 'GPU lost' } }, 'transient', 'GPU lost'],
    [{ errors: ['prompt is required'], data: [] }, 'transient', 'prompt is required'],
    [{ data: [], message: 'no GPU is free' }, 'empty', 'no GPU is free'],
    [{ data: [], message: 'success' }, 'empty', 'The provider returned no image'],
    [{ data: [], error: {} }, 'empty', 'The provider returned no image'],
    [{ data: [] }, 'empty', 'The provider returned no image'],
    [null, 'transient', 'The provider sent an answer that cannot be read'],
  ])('reads %j as %s', (body, kind, message) =>
    expect(withoutImage(body, findImages(body), http)).toMatchObject({ ok: false, error: { kind, message } }),
  );
});
