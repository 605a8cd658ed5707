import type { ImageRequest } from '@lumenfall/contracts';
import { anImageRequest } from '@lumenfall/testing';
import { geminiImageRequest } from './image-request.js';

const TABLE = {
  aspect_ratio: { as: 'generationConfig.imageConfig.aspectRatio', nearest: ['1:1', '16:9'] },
  resolution: { as: 'generationConfig.imageConfig.imageSize', nearest: ['1K', '2K', '4K'] },
};
const FILE = { bytes: new Uint8Array([1, 2, 3]), contentType: 'image/webp', width: 8, height: 8 };
const body = (request: Partial<ImageRequest>, files = [] as (typeof FILE)[], parameters = TABLE) =>
  geminiImageRequest(anImageRequest(request), { parameters, files });

describe('geminiImageRequest', () => {
  it('sends the ratio and the size in the image configuration', () => {
    expect(body({ size: '3840x2160' })).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'a fox' }] }],
      generationConfig: { imageConfig: { aspectRatio: '16:9', imageSize: '4K' }, responseModalities: ['IMAGE'] },
    });
  });

  it('sends neither if the request leaves them open', () => {
    expect(body({ size: 'auto', quality: 'hd', outputFormat: 'webp' })).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'a fox' }] }],
      generationConfig: { responseModalities: ['IMAGE'] },
    });
  });

  it('puts the input images after the prompt', () => {
    expect(body({ mode: 'image-edit' }, [FILE, { ...FILE, contentType: 'image/png' }])).toMatchObject({
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'a fox' },
            { inlineData: { mimeType: 'image/webp', data: 'AQID' } },
            { inlineData: { mimeType: 'image/png', data: 'AQID' } },
          ],
        },
      ],
    });
  });

  it('passes unknown fields on, and merges a generation config with its own', () => {
    const extra = { safetySettings: [], generationConfig: { seed: 7 } };
    expect(body({ extra, aspectRatio: '16:9' })).toMatchObject({
      safetySettings: [],
      generationConfig: { seed: 7, imageConfig: { aspectRatio: '16:9' }, responseModalities: ['IMAGE'] },
    });
    expect(extra.generationConfig).toEqual({ seed: 7 });
  });
});
