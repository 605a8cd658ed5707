import type { ImageRequest } from '@lumenfall/contracts';
import { anImageRequest } from '@lumenfall/testing';
import { openAiImageCall } from './image-request.js';

const FILE = { bytes: new Uint8Array([1, 2, 3]), contentType: 'image/jpeg', width: 64, height: 64 };
const TABLE = {
  n: 'passed',
  size: { nearest: ['1024x1024', '1536x1024'], default: '1024x1024' },
  image: { send: 'many' },
  mask: {},
};
const call = (request: Partial<ImageRequest>, files = [FILE], mask: typeof FILE | null = null) =>
  openAiImageCall(anImageRequest(request), { model: 'gpt-image-1.5', parameters: TABLE, files, mask });

describe('openAiImageCall', () => {
  it('sends a text-to-image request as JSON', () => {
    const extra = { background: 'transparent', model: 'another' };
    expect(call({ n: 2, extra }, [])).toEqual({
      target: '/images/generations',
      body: { background: 'transparent', model: 'gpt-image-1.5', prompt: 'a fox', n: 2, size: '1024x1024' },
    });
  });

  const form = (made: ReturnType<typeof call>): FormData => {
    if (!(made.body instanceof FormData)) throw new Error('not a form');
    return made.body;
  };

  it('sends an edit as a form', () => {
    const made = call({ mode: 'image-edit', size: '3:2', extra: { input_fidelity: 'high', flags: [1], none: null } });
    expect(made.target).toBe('/images/edits');
    expect([...form(made).keys()].sort()).toEqual(['flags', 'image', 'input_fidelity', 'model', 'n', 'prompt', 'size']);
    expect(form(made).get('n')).toBe('1');
    expect(form(made).get('flags')).toBe('[1]');
    expect(form(made).get('image')).toMatchObject({ name: 'image.jpg', type: 'image/jpeg', size: 3 });
  });

  it('sends several images as a list, and a mask', () => {
    const made = form(call({ mode: 'image-edit' }, [FILE, FILE], { ...FILE, contentType: 'image/png' }));
    expect(made.getAll('image[]')).toHaveLength(2);
    expect(made.get('mask')).toMatchObject({ name: 'image.png', type: 'image/png' });
  });
});
