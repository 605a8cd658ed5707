import { clientWith } from '../contract/call-context.js';
import { fixtureJson } from '../contract/replay-server.js';
import { openAiImageAnswer, openAiImageUsage } from './image-answer.js';
import { readOpenAiRefusal } from './errors.js';

const http = clientWith(readOpenAiRefusal);
const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64');

describe('openAiImageAnswer', () => {
  it('reads base64 images and their tokens', () => {
    const answer = openAiImageAnswer(fixtureJson('openai', 'image-generation.json'), http);
    expect(answer).toMatchObject({
      ok: true,
      value: {
        images: [{ source: { kind: 'bytes' }, revisedPrompt: null }, { revisedPrompt: 'A red square' }],
        usage: [
          { type: 'input', metric: 'token', of: 'text', quantity: 40 },
          { type: 'input', metric: 'token', of: 'image', quantity: 10 },
          { type: 'output', metric: 'token', of: 'image', quantity: 1056 },
        ],
        reportedCostUsd: null,
      },
    });
  });

  it('reads URLs', () => {
    expect(openAiImageAnswer(fixtureJson('openai', 'image-urls.json'), http)).toMatchObject({
      value: { images: [{ source: { kind: 'url', url: expect.stringMatching(/^https:/) as string } }], usage: null },
    });
  });

  it.each([
    [fixtureJson('openai', 'image-empty.json'), 'empty'],
    [{}, 'empty'],
    [{ data: [{}] }, 'empty'],
    [{ data: 'x' }, 'transient'],
    [null, 'transient'],
  ])('reads %j as %s', (body, kind) =>
    expect(openAiImageAnswer(body, http)).toMatchObject({ ok: false, error: { kind } }),
  );
});

describe('openAiImageAnswer in other shapes', () => {
  it.each([
    [{ data: [{ b64_json: `data:image/png;base64,${PNG}` }] }],
    [{ output: [{ url: 'https://a/b.png' }] }],
    [{ images: [{ url: 'https://a/b.png' }] }],
    [{ images: ['https://a/b.png'] }],
    [{ data: [{ inline_data: { mime_type: 'image/png', data: PNG } }] }],
    [{ data: [{ url: 'https://a/b.png', revised_prompt: 7 }], created: 'now', usage: 'n/a', error: {} }],
  ])('reads %j', (body) => expect(openAiImageAnswer(body, http)).toMatchObject({ value: { images: [{}] } }));

  it.each([
    [
      { error: { message: 'Your prompt was blocked by our safety system', code: 'content_policy_violation' } },
      'moderation',
    ],
    [{ error: { message: 'Your prompt was blocked by our safety system' } }, 'moderation'],
    [{ error: { message: 'You exceeded your quota', code: 'insufficient_quota' }, data: [] }, 'auth'],
    [{ error: { message: 'size is wrong', type: 'invalid_request_error' } }, 'client'],
    [{ error: { message: 'Provider returned error', code: 429 } }, 'rate'],
    [{ error: 'CUDA out of memory' }, 'transient'],
    [[{ error: { message: 'in an array', code: 400 } }], 'client'],
  ])('reads the error %j under a 200 as %s', (body, kind) =>
    expect(openAiImageAnswer(body, http)).toMatchObject({ error: { kind } }),
  );
});

describe('openAiImageUsage', () => {
  it('separates text output from images', () => {
    const usage = {
      input_tokens: 9,
      output_tokens: 1100,
      output_tokens_details: { text_tokens: 44, image_tokens: 1056 },
    };
    expect(openAiImageUsage(usage)).toEqual([
      { type: 'input', metric: 'token', of: 'text', quantity: 9 },
      { type: 'output', metric: 'token', of: 'text', quantity: 44 },
      { type: 'output', metric: 'token', of: 'image', quantity: 1056 },
    ]);
  });

  const tokens = (type: string, of: string, quantity: number) => ({ type, metric: 'token', of, quantity });
  it.each([
    [
      {
        input_tokens: 1000,
        output_tokens: 1056,
        input_tokens_details: { text_tokens: 200, image_tokens: 800, cached_tokens: 700 },
      },
      [
        tokens('input', 'image', 300),
        tokens('cache_read', 'text', 200),
        tokens('cache_read', 'image', 500),
        tokens('output', 'image', 1056),
      ],
    ],
    [
      {
        input_tokens: 1000,
        output_tokens: 1056,
        input_tokens_details: {
          text_tokens: 200,
          image_tokens: 800,
          cached_tokens: 700,
          cached_tokens_details: { text_tokens: 100, image_tokens: 600 },
        },
      },
      [
        tokens('input', 'text', 100),
        tokens('input', 'image', 200),
        tokens('cache_read', 'text', 100),
        tokens('cache_read', 'image', 600),
        tokens('output', 'image', 1056),
      ],
    ],
    [
      { prompt_tokens: 9, completion_tokens: 1056, prompt_tokens_details: { cached_tokens: 4 } },
      [tokens('input', 'text', 5), tokens('cache_read', 'text', 4), tokens('output', 'image', 1056)],
    ],
    [{ output_tokens: '1056', total_tokens: '1065' }, [tokens('input', 'text', 9), tokens('output', 'image', 1056)]],
    [
      { input_tokens: 9, output_tokens: 1056, input_tokens_details: 'n/a', output_tokens_details: null },
      [tokens('input', 'text', 9), tokens('output', 'image', 1056)],
    ],
  ])('reads %j', (usage, quantities) => expect(openAiImageUsage(usage)).toEqual(quantities));

  it.each([[undefined], [null], ['n/a'], [{}], [{ input_tokens: 9 }], [{ input_tokens: 9, output_tokens: 0 }]])(
    'does not trust %j, which makes an image free',
    (usage) => expect(openAiImageUsage(usage)).toBeNull(),
  );
});
