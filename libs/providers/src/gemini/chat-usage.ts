import type { ChatUsage } from '@lumenfall/contracts';
import { isRecord, textOf, tokensOf } from '../json/fields.js';
import type { ReportedDimension } from '../spec/index.js';

/** What `geminiChatUsage` can find. Video and documents are priced as text. */
export const GEMINI_CHAT_USAGE: readonly ReportedDimension[] = [
  { type: 'input', metric: 'token', of: 'text' },
  { type: 'input', metric: 'token', of: 'image' },
  { type: 'input', metric: 'token', of: 'audio' },
  { type: 'cache_read', metric: 'token', of: 'text' },
  { type: 'cache_read', metric: 'token', of: 'audio' },
  { type: 'output', metric: 'token', of: 'text' },
  { type: 'output', metric: 'token', of: 'image' },
  { type: 'output', metric: 'token', of: 'audio' },
];

/**
 * `usageMetadata` in OpenAI's form. Thoughts are output, the results of Google's own tools are input, and cached tokens
 * are a part of the prompt. Null if nothing was counted.
 */
export function geminiChatUsage(metadata: unknown): ChatUsage | null {
  if (!isRecord(metadata)) return null;
  const count = (name: string): number => tokensOf(metadata[name]) ?? 0;
  const prompt = count('promptTokenCount') + count('toolUsePromptTokenCount');
  const thoughts = count('thoughtsTokenCount');
  const completion = count('candidatesTokenCount') + thoughts;
  const total = Math.max(prompt + completion, count('totalTokenCount'));
  if (total === 0) return null;
  const input = [metadata['promptTokensDetails'], metadata['toolUsePromptTokensDetails']];
  const cachedAudio = tokensIn('AUDIO', metadata['cacheTokensDetails']);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: total,
    prompt_tokens_details: {
      cached_tokens: count('cachedContentTokenCount'),
      ...modalities(...input),
      ...(cachedAudio === 0 ? {} : { cached_tokens_details: { audio_tokens: cachedAudio } }),
    },
    completion_tokens_details: { reasoning_tokens: thoughts, ...modalities(metadata['candidatesTokensDetails']) },
  };
}

/** The tokens that providers may price apart from text. */
function modalities(...details: unknown[]): Record<string, number> {
  const audio = details.reduce<number>((sum, one) => sum + tokensIn('AUDIO', one), 0);
  const image = details.reduce<number>((sum, one) => sum + tokensIn('IMAGE', one), 0);
  return { ...(audio === 0 ? {} : { audio_tokens: audio }), ...(image === 0 ? {} : { image_tokens: image }) };
}

/** The sum of one modality in a list of `{modality, tokenCount}`. */
function tokensIn(modality: string, details: unknown): number {
  if (!Array.isArray(details)) return 0;
  return details.reduce<number>((sum, one: unknown) => {
    const isOfModality = isRecord(one) && textOf(one['modality'])?.toUpperCase() === modality;
    return isOfModality ? sum + (tokensOf(one['tokenCount']) ?? 0) : sum;
  }, 0);
}
