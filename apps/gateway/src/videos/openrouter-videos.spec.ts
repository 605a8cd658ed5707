import { fromOpenRouterImages } from '../images/images.controller.js';
import { fromOpenRouterVideo, isOpenRouterClient } from './openrouter-videos.js';

const frame = (type: string) => ({
  type: 'image_url',
  image_url: { url: 'https://a.example/x.png' },
  frame_type: type,
});

it.each([
  ['ai-sdk/openrouter/2.10.0', true],
  ['ai/6.0.326 ai-sdk/openrouter/2.10.0 runtime/node.js/20', true],
  ['ai/6.0.326 ai-sdk/openai-compatible/2.0.91', false],
  ['OpenAI/JS 6.49.0', false],
])('the user agent %p is that of OpenRouter’s SDK: %p', (agent, expected) =>
  expect(isOpenRouterClient({ headers: { 'user-agent': agent } })).toBe(expected),
);

it('the first frame of an OpenRouter video becomes the reference image', () => {
  expect(fromOpenRouterVideo({ model: 'm', prompt: 'p', frame_images: [frame('first_frame')] })).toEqual({
    body: { model: 'm', prompt: 'p', input_reference: { image_url: 'https://a.example/x.png' } },
  });
});

it.each([[[frame('last_frame')]], [[frame('first_frame'), frame('last_frame')]]])(
  'other frames of an OpenRouter video are refused by name: %j',
  (frames) => {
    const adapted = fromOpenRouterVideo({ model: 'm', prompt: 'p', frame_images: frames });
    expect('problem' in adapted ? adapted.problem.param : null).toBe('frame_images');
  },
);

it('an OpenRouter image request is a generation, or an edit if it has references', () => {
  const fields = { model: 'm', prompt: 'p', provider: { order: ['x'] } };
  expect(fromOpenRouterImages(fields)).toEqual({
    kind: 'generation',
    body: { model: 'm', prompt: 'p', response_format: 'b64_json' },
  });
  const images = [{ type: 'image_url', image_url: { url: 'https://a.example/x.png' } }];
  expect(fromOpenRouterImages({ ...fields, input_references: images })).toEqual({
    kind: 'edit',
    body: { model: 'm', prompt: 'p', response_format: 'b64_json', images },
  });
});
