import { fixtureJson } from '../contract/replay-server.js';
import { openAiImageAnswer, openAiImageUsage } from './image-answer.js';

describe('openAiImageAnswer', () => {
  it('reads base64 pictures and the tokens they took', () => {
    const answer = openAiImageAnswer(fixtureJson('openai', 'image-generation.json'));
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

  it('reads addresses', () => {
    expect(openAiImageAnswer(fixtureJson('openai', 'image-urls.json'))).toMatchObject({
      value: { images: [{ source: { kind: 'url', url: expect.stringMatching(/^https:/) as string } }], usage: null },
    });
  });

  it.each([
    [fixtureJson('openai', 'image-empty.json'), 'empty'],
    [{}, 'empty'],
    [{ data: [{}] }, 'empty'],
    [{ data: 'x' }, 'transient'],
    [null, 'transient'],
  ])('%j is %s', (body, kind) => expect(openAiImageAnswer(body)).toMatchObject({ ok: false, failure: { kind } }));
});

describe('openAiImageUsage', () => {
  it('tells text that went out from pictures', () => {
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
});
