import { geminiChatUsage } from './chat-usage.js';

describe('geminiChatUsage', () => {
  it.each<[string, object, object]>([
    [
      'thoughts as output',
      { promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 7, totalTokenCount: 22 },
      {
        prompt_tokens: 10,
        completion_tokens: 12,
        total_tokens: 22,
        completion_tokens_details: { reasoning_tokens: 7 },
      },
    ],
    [
      'results of Google’s tools as input',
      { promptTokenCount: 10, toolUsePromptTokenCount: 3, candidatesTokenCount: 5 },
      { prompt_tokens: 13, completion_tokens: 5, total_tokens: 18 },
    ],
    [
      'audio of the prompt',
      {
        promptTokenCount: 10_000,
        candidatesTokenCount: 100,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 1_000 },
          { modality: 'AUDIO', tokenCount: 9_000 },
        ],
      },
      { prompt_tokens: 10_000, prompt_tokens_details: { audio_tokens: 9_000 } },
    ],
    [
      'cached audio',
      {
        promptTokenCount: 10_000,
        cachedContentTokenCount: 5_000,
        promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 9_000 }],
        cacheTokensDetails: [
          { modality: 'TEXT', tokenCount: 1_000 },
          { modality: 'AUDIO', tokenCount: 4_000 },
        ],
      },
      {
        prompt_tokens_details: {
          cached_tokens: 5_000,
          audio_tokens: 9_000,
          cached_tokens_details: { audio_tokens: 4_000 },
        },
      },
    ],
    [
      'images on both sides',
      {
        promptTokenCount: 300,
        candidatesTokenCount: 1_300,
        promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 258 }],
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1_290 }],
      },
      { prompt_tokens_details: { image_tokens: 258 }, completion_tokens_details: { image_tokens: 1_290 } },
    ],
    [
      'a total that is larger than both sides, as it came',
      { promptTokenCount: 5, totalTokenCount: 8 },
      { prompt_tokens: 5, completion_tokens: 0, total_tokens: 8 },
    ],
    [
      'counts as text',
      { promptTokenCount: '5', candidatesTokenCount: '3' },
      { prompt_tokens: 5, completion_tokens: 3 },
    ],
  ])('reads %s', (_what, metadata, usage) => expect(geminiChatUsage(metadata)).toMatchObject(usage));

  it.each([[null], [undefined], [{}], [{ promptTokenCount: 0 }], ['x']])('returns null for %j', (metadata) =>
    expect(geminiChatUsage(metadata)).toBeNull(),
  );
});
