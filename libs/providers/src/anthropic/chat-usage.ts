import type { ChatUsage } from '@lumenfall/contracts';
import { isRecord, tokensOf } from '../json/fields.js';
import type { ReportedDimension } from '../spec/index.js';

/** What `anthropicUsage` can find. Anthropic counts images and documents as text. */
export const ANTHROPIC_CHAT_USAGE: readonly ReportedDimension[] = [
  { type: 'input', metric: 'token', of: 'text' },
  { type: 'cache_read', metric: 'token', of: 'text' },
  { type: 'cache_write', metric: 'token', of: 'text' },
  { type: 'output', metric: 'token', of: 'text' },
];

/** Collects the usage that the events of one stream report. A later figure replaces an earlier one. */
export class UsageSoFar {
  #fields: Record<string, unknown> = {};

  add(usage: unknown): void {
    if (!isRecord(usage)) return;
    for (const [name, value] of Object.entries(usage)) {
      if (value !== null && value !== undefined) this.#fields[name] = value;
    }
  }

  usage(): ChatUsage | null {
    return anthropicUsage(this.#fields);
  }
}

/**
 * Anthropic's usage in OpenAI's form. `input_tokens` excludes what was read from the cache or written to it; OpenAI's
 * `prompt_tokens` includes both. Null if the output was not counted.
 */
export function anthropicUsage(usage: Record<string, unknown>): ChatUsage | null {
  const output = tokensOf(usage['output_tokens']);
  if (output === null) return null;
  const read = tokensOf(usage['cache_read_input_tokens']) ?? 0;
  const written = tokensOf(usage['cache_creation_input_tokens']) ?? 0;
  const prompt = (tokensOf(usage['input_tokens']) ?? 0) + read + written;
  const details = usage['output_tokens_details'];
  const thoughts = isRecord(details) ? tokensOf(details['thinking_tokens']) : null;
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    ...(thoughts === null ? {} : { completion_tokens_details: { reasoning_tokens: thoughts } }),
  };
}
