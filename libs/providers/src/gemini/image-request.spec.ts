import type { ImageRequest } from '@lumenfall/contracts';
import { anImageRequest } from '../contract/an-image-request.js';
import { geminiImageRequest } from './image-request.js';

const IMAGE = anImageRequest();
const TIERS = { image_size: ['1K', '2K', '4K'] };

describe('geminiImageRequest', () => {
  it.each<[Partial<ImageRequest>, Record<string, unknown>, Record<string, unknown> | undefined]>([
    [{}, TIERS, undefined],
    [{ size: '1024x1024' }, TIERS, { aspectRatio: '1:1', imageSize: '1K' }],
    [{ size: '3840x2160' }, TIERS, { aspectRatio: '16:9', imageSize: '4K' }],
    [{ size: '3840x2160' }, {}, { aspectRatio: '16:9' }],
    [{ size: '16:9', resolution: '2K' }, TIERS, { aspectRatio: '16:9', imageSize: '2K' }],
    [{ resolution: '0.5K' }, TIERS, { imageSize: '1K' }],
    [{ aspectRatio: '2.4:1' }, TIERS, { aspectRatio: '21:9' }],
    [{ aspectRatio: '2:1' }, { aspect_ratio: ['1:1', '3:2'] }, { aspectRatio: '3:2' }],
    [{ size: 'auto', quality: 'hd', outputFormat: 'webp' }, TIERS, undefined],
  ])('%j with %j asks for %j', (more, parameters, imageConfig) => {
    expect(geminiImageRequest({ ...IMAGE, ...more }, parameters)).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'a fox' }] }],
      generationConfig: { responseModalities: ['IMAGE'], ...(imageConfig && { imageConfig }) },
    });
  });

  it('passes unknown fields on, and joins a generation config with its own', () => {
    const extra = { safetySettings: [], generationConfig: { seed: 7 } };
    expect(geminiImageRequest({ ...IMAGE, extra }, {})).toEqual({
      safetySettings: [],
      contents: [{ role: 'user', parts: [{ text: 'a fox' }] }],
      generationConfig: { seed: 7, responseModalities: ['IMAGE'] },
    });
  });
});
