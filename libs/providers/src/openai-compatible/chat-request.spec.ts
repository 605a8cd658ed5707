import type { ChatBody } from '@lumenfall/contracts';
import { PIXEL_DATA, PIXEL_URI } from '../contract/chat-bodies.js';
import { chatRequest } from './chat-request.js';

const JPEG = '/9j/4AAQSkZJRgABAQEASABIAAD/2wBD';
const bodyWith = (content: unknown, role = 'user') =>
  ({ model: 'x', messages: [{ role, content }] }) as unknown as ChatBody;
const contentOf = (parts: unknown[]): unknown =>
  (chatRequest(bodyWith(parts), 'm', 'system')['messages'] as { content: unknown }[])[0]?.content;
const image = (url: unknown) => ({ type: 'image_url', image_url: { url, detail: 'low' } });

describe('chatRequest', () => {
  it.each(['system', 'developer'] as const)('sends developer messages with the role %s', (role) => {
    expect(chatRequest(bodyWith('Be brief.', 'developer'), 'm', role)).toMatchObject({
      messages: [{ role, content: 'Be brief.' }],
    });
  });

  it.each<[string, unknown, unknown]>([
    ['image/jpg', image(`data:image/jpg;base64,${JPEG}`), image(`data:image/jpeg;base64,${JPEG}`)],
    ['a media type that the bytes contradict', image(`data:image/jpeg;base64,${PIXEL_DATA}`), image(PIXEL_URI)],
    ['line breaks', image(PIXEL_URI.replace(/(.{30})/g, '$1\r\n')), image(PIXEL_URI)],
    ['leading blanks', image(` \n${PIXEL_URI}`), image(PIXEL_URI)],
    ['a URL as it is', image('https://example.com/a.png'), image('https://example.com/a.png')],
    [
      'an image URL that is not in an object',
      { type: 'image_url', image_url: ` ${PIXEL_URI}` },
      { type: 'image_url', image_url: PIXEL_URI },
    ],
    [
      'a file',
      { type: 'file', file: { filename: 'a.png', file_data: `data:;base64,${PIXEL_DATA}` } },
      { type: 'file', file: { filename: 'a.png', file_data: PIXEL_URI } },
    ],
    [
      'audio in a data URI',
      { type: 'input_audio', input_audio: { data: 'data:audio/wav;base64,AAAA', format: 'wav' } },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    ],
    [
      'a part of an unknown type',
      { type: 'video_url', video_url: { url: 'x' } },
      { type: 'video_url', video_url: { url: 'x' } },
    ],
  ])('sends %s as the provider accepts it', (_what, given, sent) => expect(contentOf([given])).toEqual([sent]));
});
