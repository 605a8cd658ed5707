import type { ChatUsage } from '@lumenfall/contracts';
import { countOf, isRecord } from '../json/fields.js';

/**
 * `usageMetadata` in OpenAI's form: thoughts are output, the results of Google's own tools are input, and what came from the
 * cache is a part of the prompt. Null where there is none.
 */
export function geminiChatUsage(metadata: unknown): ChatUsage | null {
  if (!isRecord(metadata) || countOf(metadata['promptTokenCount']) === null) return null;
  const count = (name: string): number => countOf(metadata[name]) ?? 0;
  const prompt = count('promptTokenCount') + count('toolUsePromptTokenCount');
  const thoughts = count('thoughtsTokenCount');
  const completion = count('candidatesTokenCount') + thoughts;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: count('cachedContentTokenCount') },
    completion_tokens_details: { reasoning_tokens: thoughts },
  };
}
