import { aVideoRequest } from '@lumenfall/testing';
import type { VideoRequest } from '@lumenfall/contracts';
import { videoRequest } from './video-request.js';

const REQUEST: VideoRequest = aVideoRequest({ seconds: 8 });
const SORA = { seconds: [4, 8, 12], size: ['1280x720', '720x1280', '1792x1024', '1024x1792'] };
const submit = (more: Partial<VideoRequest>, parameters: Record<string, unknown> = SORA) =>
  videoRequest({ ...REQUEST, ...more }, 'sora-2', parameters);

describe('videoRequest', () => {
  it.each([
    [{}, { seconds: '8', size: '1280x720' }],
    [{ seconds: 5 }, { seconds: '4', size: '1280x720' }],
    [{ size: '9:16' }, { seconds: '8', size: '720x1280' }],
    [{ size: '1920x1080' }, { seconds: '8', size: '1792x1024' }],
    [{ extra: { seed: 7, model: 'other' } }, { seconds: '8', size: '1280x720', seed: 7 }],
    [{ negativePrompt: 'rain' }, { seconds: '8', size: '1280x720', negative_prompt: 'rain' }],
  ])('sends %j as %j', (more, fields) => {
    expect(submit(more)).toEqual({ kind: 'json', body: { model: 'sora-2', prompt: 'a fox', ...fields } });
  });

  it.each([
    [
      { seconds: 7.5, size: '640x640' },
      { seconds: '7.5', size: '640x640' },
    ],
    [{ size: '16:9' }, { seconds: '8' }],
  ])('passes %j on if the model’s limits are not known', (more, fields) => {
    expect(submit(more, {})).toEqual({ kind: 'json', body: { model: 'sora-2', prompt: 'a fox', ...fields } });
  });

  it('sends a URL as reference, and uploads a data URI', () => {
    expect(submit({ inputReferences: ['https://example.com/a.png'] })).toMatchObject({
      kind: 'json',
      body: { input_reference: { image_url: 'https://example.com/a.png' } },
    });
    expect(submit({ inputReferences: ['data:image/png;base64,YWI='], extra: { seed: 7 } })).toEqual({
      kind: 'multipart',
      fields: { seed: '7', model: 'sora-2', prompt: 'a fox', seconds: '8', size: '1280x720' },
      file: { bytes: Buffer.from('ab'), contentType: 'image/png' },
    });
  });

  it.each([[['https://a', 'https://b']], [['data:image/png,raw']]])('refuses the references %j', (inputReferences) => {
    expect(submit({ inputReferences }).kind).toBe('impossible');
  });

  it('uploads a data URI with line breaks and a wrong type under the type of its bytes', () => {
    const jpeg = Buffer.from('\xff\xd8\xff\xe0\x00\x10JFIF', 'latin1');
    const uri = ` data:image/png;base64,${jpeg.toString('base64').replace(/(.{4})/g, '$1\r\n')}`;
    expect(submit({ inputReferences: [uri] })).toMatchObject({ file: { bytes: jpeg, contentType: 'image/jpeg' } });
  });
});
