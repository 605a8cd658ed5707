import { imageOf } from './images.js';

describe("the image of Gemini's imageConfig", () => {
  it.each([
    ['gemini-3-pro-image-preview', undefined, { width: 1024, height: 1024, tokens: 1120 }],
    ['gemini-3-pro-image-preview', { aspectRatio: '16:9' }, { width: 1376, height: 768, tokens: 1120 }],
    [
      'gemini-3-pro-image-preview',
      { aspectRatio: '9:16', imageSize: '2K' },
      { width: 1536, height: 2752, tokens: 1120 },
    ],
    ['gemini-3-pro-image-preview', { imageSize: '4K' }, { width: 4096, height: 4096, tokens: 2000 }],
    ['gemini-2.5-flash-image', { imageSize: '4K' }, { width: 1024, height: 1024, tokens: 1290 }],
  ])('of %s with %j has its size and tokens', (model, config, image) => {
    expect(imageOf(model, config)).toEqual({ ok: true, image });
  });

  it.each([
    [{ aspectRatio: '7:3' }, 'aspect_ratio'],
    [{ imageSize: '2k' }, 'image_size'],
  ])('is refused with %j', (config, field) => {
    expect(imageOf('gemini-3-pro-image-preview', config)).toEqual({ ok: false, field });
  });
});
