import type { ChatUsage } from '@lumenfall/contracts';
import { countOf, isRecord } from '../json/fields.js';

/** What the events of one stream said about tokens so far: later counts are the whole, not what was added. */
export class UsageSoFar {
  #said: Record<string, unknown> = {};

  add(usage: unknown): void {
    if (!isRecord(usage)) return;
    for (const [name, value] of Object.entries(usage)) {
      if (value !== null && value !== undefined) this.#said[name] = value;
    }
  }

  usage(): ChatUsage | null {
    return anthropicUsage(this.#said);
  }
}

/**
 * Anthropic's account in OpenAI's form. Anthropic counts what is read from the cache and written to it apart from
 * `input_tokens`; OpenAI's `prompt_tokens` is all of it. Null where the output was not counted.
 */
export function anthropicUsage(usage: Record<string, unknown>): ChatUsage | null {
  const output = countOf(usage['output_tokens']);
  if (output === null) return null;
  const read = countOf(usage['cache_read_input_tokens']) ?? 0;
  const written = countOf(usage['cache_creation_input_tokens']) ?? 0;
  const prompt = (countOf(usage['input_tokens']) ?? 0) + read + written;
  const details = usage['output_tokens_details'];
  const thought = isRecord(details) ? countOf(details['thinking_tokens']) : null;
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    ...(thought === null ? {} : { completion_tokens_details: { reasoning_tokens: thought } }),
  };
}
