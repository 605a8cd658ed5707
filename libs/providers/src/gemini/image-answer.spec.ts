import { clientWith } from '../contract/call-context.js';
import { fixtureJson } from '../contract/replay-server.js';
import { readGeminiRefusal } from './errors.js';
import { geminiImageAnswer, geminiUsage } from './image-answer.js';

const http = clientWith(readGeminiRefusal);
const read = (name: string) => geminiImageAnswer(fixtureJson('gemini', name), 'gemini-3-pro-image-preview', http);
const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64');

describe('geminiImageAnswer', () => {
  it('reads the image, without the thoughts and the words', () => {
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
  ])('reads %s as %s', (name, kind, message) => expect(read(name)).toMatchObject({ error: { kind, message } }));

  it.each([
    [{ candidates: [{ finishReason: 'IMAGE_OTHER' }] }, 'empty'],
    [{ candidates: [{ content: { parts: [{ text: 'I cannot' }] }, finishReason: 'STOP' }] }, 'client'],
    [{ candidates: [{ finishReason: 'IMAGE_SAFETY', index: 0 }] }, 'moderation'],
    [{ candidates: [{ finish_reason: 'prohibited_content' }] }, 'moderation'],
    [{ candidates: [] }, 'empty'],
    [{ usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 } }, 'empty'],
    [{ promptFeedback: { blockReason: 'OTHER' } }, 'moderation'],
    [{ error: { code: 429, message: 'slow down', status: 'RESOURCE_EXHAUSTED' } }, 'rate'],
    [[{ error: { code: 400, message: 'no such field', status: 'INVALID_ARGUMENT' } }], 'client'],
    [{}, 'empty'],
    [null, 'transient'],
    [{ candidates: 'x' }, 'transient'],
  ])('reads %j as %s', (body, kind) => expect(geminiImageAnswer(body, 'm', http)).toMatchObject({ error: { kind } }));
});

describe('geminiImageAnswer of words without an image', () => {
  const refusal = {
    candidates: [
      {
        content: { role: 'model', parts: [{ text: 'I cannot draw ' }, { text: 'that person.' }] },
        finishReason: 'STOP',
        index: 0,
      },
    ],
    usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 8, totalTokenCount: 13 },
  };

  it('puts the words into a failure that is not tried again', () =>
    expect(geminiImageAnswer(refusal, 'gemini-3-pro-image', http)).toEqual({
      ok: false,
      error: {
        kind: 'client',
        message: 'gemini-3-pro-image answered in words, without an image: I cannot draw that person.',
        status: 200,
        retryAfterMs: null,
      },
    }));

  it('adds the words to a moderation verdict', () => {
    const blocked = { candidates: [{ finishReason: 'IMAGE_SAFETY', finishMessage: 'Unable to show this.' }] };
    expect(geminiImageAnswer(blocked, 'm', http)).toMatchObject({
      error: { kind: 'moderation', message: 'Unable to show this. (IMAGE_SAFETY)' },
    });
  });
});

describe('geminiImageAnswer in other shapes', () => {
  const parts = (part: object) => ({ candidates: [{ content: { parts: [part] }, finishReason: 'STOP' }] });
  it.each([
    [parts({ inline_data: { mime_type: 'image/png', data: PNG } })],
    [parts({ inlineData: { mimeType: 7, data: `data:image/png;base64,${PNG}` }, thought: 'no' })],
    [{ ...parts({ inlineData: { data: PNG } }), usageMetadata: 'n/a', modelVersion: 3 }],
    [{ data: [{ b64_json: PNG }] }],
    [{ images: [{ url: 'https://a/b.png' }] }],
  ])('reads %j', (body) => expect(geminiImageAnswer(body, 'm', http)).toMatchObject({ value: { images: [{}] } }));
});

describe('geminiUsage', () => {
  const tokens = (type: string, of: string, quantity: number) => ({ type, metric: 'token', of, quantity });
  it.each([
    [
      { promptTokenCount: 300, candidatesTokenCount: 1290, totalTokenCount: 1590 },
      [tokens('input', 'text', 300), tokens('output', 'image', 1290)],
    ],
    [
      { promptTokenCount: '300', totalTokenCount: 1590 },
      [tokens('input', 'text', 300), tokens('output', 'image', 1290)],
    ],
    [
      {
        promptTokenCount: 600,
        cachedContentTokenCount: 400,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 342 },
          { modality: 'IMAGE', tokenCount: 258 },
        ],
        cacheTokensDetails: [
          { modality: 'IMAGE', tokenCount: 258 },
          { modality: 'TEXT', tokenCount: 142 },
        ],
        candidatesTokenCount: 1290,
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }],
      },
      [
        tokens('input', 'text', 200),
        tokens('cache_read', 'text', 142),
        tokens('cache_read', 'image', 258),
        tokens('output', 'image', 1290),
      ],
    ],
  ])('reads %j', (usage, quantities) => expect(geminiUsage(usage)).toEqual(quantities));

  it.each([[null], [{}], ['n/a'], [{ promptTokenCount: 5 }], [{ promptTokenCount: 5, totalTokenCount: 5 }]])(
    'does not trust %j, which makes an image free',
    (usage) => expect(geminiUsage(usage)).toBeNull(),
  );
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
