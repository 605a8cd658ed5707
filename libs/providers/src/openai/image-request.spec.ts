import type { ImageRequest } from '@lumenfall/contracts';
import { anImageRequest } from '../contract/an-image-request.js';
import { openAiImageRequest } from './image-request.js';

const IMAGE = anImageRequest();
const BASE = { model: 'gpt-image-1.5', prompt: 'a fox', n: 1, size: '1024x1024' };

describe('openAiImageRequest', () => {
  it.each<[Partial<ImageRequest>, Record<string, unknown>]>([
    [{}, {}],
    [{ n: 4 }, { n: 4 }],
    [{ size: '1792x1024' }, { size: '1536x1024' }],
    [{ size: '9:16' }, { size: '1024x1536' }],
    [{ aspectRatio: '4:3' }, { size: '1536x1024' }],
    [{ size: 'auto', aspectRatio: '2:3' }, { size: '1024x1536' }],
    [{ quality: 'hd' }, { quality: 'high' }],
    [{ quality: 'standard' }, { quality: 'medium' }],
    [{ quality: 'low' }, { quality: 'low' }],
    [
      { outputFormat: 'webp', outputCompression: 80 },
      { output_format: 'webp', output_compression: 80 },
    ],
    [{ outputFormat: 'png', outputCompression: 80 }, { output_format: 'png' }],
    [{ outputFormat: 'avif', outputCompression: 80 }, {}],
    [{ outputFormat: 'gif' }, {}],
    [
      { user: 'u1', style: 'vivid' },
      { user: 'u1', style: 'vivid' },
    ],
    [{ extra: { background: 'transparent', model: 'x', n: 9 } }, { background: 'transparent' }],
  ])('%j becomes %j', (more, fields) => {
    expect(openAiImageRequest({ ...IMAGE, ...more }, 'gpt-image-1.5', {})).toEqual({ ...BASE, ...fields });
  });
});
