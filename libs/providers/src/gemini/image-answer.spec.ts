import { fixtureJson } from '../contract/replay-server.js';
import { readGeminiRefusal } from './errors.js';
import { geminiImageAnswer } from './image-answer.js';

const read = (name: string) => geminiImageAnswer(fixtureJson('gemini', name), 'gemini-3-pro-image-preview');

describe('geminiImageAnswer', () => {
  it('takes the picture, and neither the thoughts nor the words', () => {
    const answer = read('image.json');
    expect(answer).toMatchObject({
      ok: true,
      value: {
        images: [{ source: { kind: 'bytes' } }],
        usage: [
          { type: 'input', of: 'text', quantity: 10 },
          { type: 'output', of: 'text', quantity: 272 + 58 },
          { type: 'output', of: 'image', quantity: 1120 },
        ],
      },
    });
    const source = answer.ok ? answer.value.images[0]?.source : undefined;
    expect(source?.kind === 'bytes' && Buffer.from(source.bytes).subarray(1, 4).toString()).toBe('PNG');
  });

  it.each([
    ['no-image.json', 'empty', 'gemini-3-pro-image-preview returned NO_IMAGE without image output'],
    ['image-safety.json', 'moderation', 'The provider refused the content (IMAGE_SAFETY)'],
    ['prompt-blocked.json', 'moderation', 'The provider blocked the prompt (PROHIBITED_CONTENT)'],
  ])('takes %s for %s', (name, kind, message) => expect(read(name)).toMatchObject({ failure: { kind, message } }));

  it.each([
    [{ candidates: [{ finishReason: 'IMAGE_OTHER' }] }, 'empty'],
    [{ candidates: [{ content: { parts: [{ text: 'I cannot' }] }, finishReason: 'STOP' }] }, 'empty'],
    [{}, 'empty'],
    [null, 'transient'],
    [{ candidates: 'x' }, 'transient'],
  ])('%j is %s', (body, kind) => expect(geminiImageAnswer(body, 'm')).toMatchObject({ failure: { kind } }));
});

describe('readGeminiRefusal', () => {
  it.each([
    ['error-400.json', 400, null, null],
    ['error-400-key.json', 400, 'auth', null],
    ['error-400-region.json', 400, 'auth', null],
    ['error-429.json', 429, 'rate', 34_400],
    ['error-429-credits.json', 429, 'auth', null],
    ['error-503.json', 503, null, null],
  ])('reads %s', (name, status, kind, retryAfterMs) => {
    expect(readGeminiRefusal(status, fixtureJson('gemini', name))).toMatchObject({ kind, retryAfterMs });
    expect(readGeminiRefusal(status, [fixtureJson('gemini', name)])).toMatchObject({ kind, retryAfterMs });
  });
});
