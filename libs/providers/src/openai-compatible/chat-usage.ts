import type { ChatUsage } from '@lumenfall/contracts';
import { Decimal } from 'decimal.js';
import { isRecord, tokensOf, usdOf } from '../json/fields.js';
import type { ReportedDimension } from '../spec/index.js';

/** What `readUsage` can find: servers of this dialect count text, images and audio apart if their models take them. */
export const OPENAI_CHAT_USAGE: readonly ReportedDimension[] = [
  { type: 'input', metric: 'token', of: 'text' },
  { type: 'input', metric: 'token', of: 'image' },
  { type: 'input', metric: 'token', of: 'audio' },
  { type: 'cache_read', metric: 'token', of: 'text' },
  { type: 'cache_write', metric: 'token', of: 'text' },
  { type: 'output', metric: 'token', of: 'text' },
  { type: 'output', metric: 'token', of: 'image' },
  { type: 'output', metric: 'token', of: 'audio' },
];

/**
 * The usage of a chunk: beside its choices, in the last of them (Moonshot), or in `x_groq`. Null if it holds none, or
 * only zeros, which some servers send before they have counted.
 */
export function usageOfChunk(chunk: Record<string, unknown>): ChatUsage | null {
  const usage = readUsage(chunk['usage']);
  if (usage !== null) return usage;
  const { choices, x_groq: groq } = chunk;
  const inGroq = isRecord(groq) ? readUsage(groq['usage']) : null;
  if (inGroq !== null) return inGroq;
  const last: unknown = Array.isArray(choices)
    ? choices.findLast((one) => isRecord(one) && isRecord(one['usage']))
    : null;
  return isRecord(last) ? readUsage(last['usage']) : null;
}

/**
 * A usage object in OpenAI's form, or with the names of DeepSeek, Moonshot and servers that follow Anthropic or
 * OpenAI's Responses API. Figures may be text or fractions; what is not a number is left out. Unknown fields stay. A
 * figure that is missing is 0 here: the chat worker compares both sides with `total_tokens` and with the delivered
 * text.
 */
export function readUsage(value: unknown): ChatUsage | null {
  if (!isRecord(value)) return null;
  const { total_tokens, prompt_tokens_details, completion_tokens_details, cost: _, ...unknownFields } = value;
  const prompt = tokensOf(value['prompt_tokens']) ?? tokensOf(value['input_tokens']);
  const completion = tokensOf(value['completion_tokens']) ?? tokensOf(value['output_tokens']);
  const total = tokensOf(total_tokens);
  const cost = costOf(value);
  if (!prompt && !completion && !total && !cost) return null;
  const input = {
    ...cacheCounts(value),
    ...counts(value['input_tokens_details']),
    ...counts(prompt_tokens_details),
  };
  const output = { ...counts(value['output_tokens_details']), ...counts(completion_tokens_details) };
  return {
    ...unknownFields,
    prompt_tokens: prompt ?? 0,
    completion_tokens: completion ?? 0,
    ...(total === null ? {} : { total_tokens: total }),
    ...(Object.keys(input).length === 0 ? {} : { prompt_tokens_details: input }),
    ...(Object.keys(output).length === 0 ? {} : { completion_tokens_details: output }),
    ...(cost === null ? {} : { cost }),
  };
}

/**
 * USD, as OpenRouter reports it. With the operator's own key at the provider behind OpenRouter (`is_byok`), `cost` is
 * only OpenRouter's fee, and what the provider charges is a separate field. Null if the cost is not known.
 */
function costOf(usage: Record<string, unknown>): number | null {
  const cost = usdOf(usage['cost']);
  if (usage['is_byok'] !== true) return cost;
  const details = isRecord(usage['cost_details']) ? usage['cost_details'] : {};
  const upstream = usdOf(details['upstream_inference_cost']);
  // Without the provider's figure only the fee is known: the tokens give the rest.
  return upstream === null ? null : new Decimal(cost ?? 0).plus(upstream).toNumber();
}

/** Tokens read from the cache and written to it, by the names that servers use outside of `prompt_tokens_details`. */
function cacheCounts(usage: Record<string, unknown>): Record<string, number> {
  const read = [usage['prompt_cache_hit_tokens'], usage['cached_tokens'], usage['cache_read_input_tokens']].map(
    tokensOf,
  );
  const cached = read.find((count) => count !== null);
  const written = tokensOf(usage['cache_creation_input_tokens']);
  return {
    ...(cached === undefined || cached === null ? {} : { cached_tokens: cached }),
    ...(written === null ? {} : { cache_write_tokens: written }),
  };
}

/** Details without the fields that should be counts and are not. */
function counts(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]): [string, unknown][] => {
      if (!name.endsWith('_tokens')) return [[name, field]];
      const count = tokensOf(field);
      return count === null ? [] : [[name, count]];
    }),
  );
}
