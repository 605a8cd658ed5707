import { aVideoRequest } from '@lumenfall/testing';
import type { VideoRequest } from '@lumenfall/contracts';
import { falVideoRequest } from './video-request.js';

const VIDEO: VideoRequest = aVideoRequest({ seconds: 5, size: '16:9' });

describe('falVideoRequest', () => {
  it.each<[Partial<VideoRequest>, Record<string, unknown>, Record<string, unknown>]>([
    [{}, {}, { duration: '5', aspect_ratio: '16:9' }],
    [{ size: '720x1280' }, {}, { duration: '5', aspect_ratio: '9:16' }],
    [{ seconds: 8 }, { duration: [5, 10] }, { duration: '10', aspect_ratio: '16:9' }],
    [{}, { duration_form: 'suffixed' }, { duration: '5s', aspect_ratio: '16:9' }],
    [{}, { duration_form: 'number', aspect_ratio: [] }, { duration: 5 }],
    [
      { resolution: '1080p' },
      { resolution: ['720p', '1080p'] },
      { duration: '5', aspect_ratio: '16:9', resolution: '1080p' },
    ],
    [
      { resolution: '2K' },
      { resolution: ['720p', '1080p'] },
      { duration: '5', aspect_ratio: '16:9', resolution: '1080p' },
    ],
    [{ negativePrompt: 'rain' }, {}, { duration: '5', aspect_ratio: '16:9', negative_prompt: 'rain' }],
    [
      { inputReferences: ['https://a/b.png'] },
      {},
      { duration: '5', aspect_ratio: '16:9', image_url: 'https://a/b.png' },
    ],
    [
      { inputReferences: ['https://a/b.png'] },
      { reference_field: 'start_image_url' },
      { duration: '5', aspect_ratio: '16:9', start_image_url: 'https://a/b.png' },
    ],
    [{ extra: { cfg_scale: 0.5, prompt: 'x' } }, {}, { duration: '5', aspect_ratio: '16:9', cfg_scale: 0.5 }],
  ])('%j with %j becomes %j', (more, parameters, fields) => {
    expect(falVideoRequest({ ...VIDEO, ...more }, parameters)).toEqual({ prompt: 'a fox', ...fields });
  });
});
