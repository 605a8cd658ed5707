import type { ChatUsage } from '@lumenfall/contracts';
import { countOf, isRecord } from '../json/fields.js';

/**
 * OpenAI's usage object; null where there is none, or one of noughts, as some servers send before they have counted. Unknown fields stay, so the provider's own account of it is kept;
 * what should be a count and is none is left out.
 */
export function readUsage(value: unknown): ChatUsage | null {
  if (!isRecord(value)) return null;
  const prompt = countOf(value['prompt_tokens']);
  const completion = countOf(value['completion_tokens']);
  // Servers that count only one side (embeddings-like answers) leave the other out.
  const { total_tokens, prompt_tokens_details, completion_tokens_details, cost, ...unknownFields } = value;
  const costs = typeof cost === 'number' && Number.isFinite(cost) && cost >= 0;
  if (!prompt && !completion && !(costs && cost > 0)) return null;
  const total = countOf(total_tokens);
  const input = details(prompt_tokens_details);
  const output = details(completion_tokens_details);
  return {
    ...unknownFields,
    prompt_tokens: prompt ?? 0,
    completion_tokens: completion ?? 0,
    ...(total === null ? {} : { total_tokens: total }),
    ...(input === null ? {} : { prompt_tokens_details: input }),
    ...(output === null ? {} : { completion_tokens_details: output }),
    ...(costs ? { cost } : {}),
  };
}

function details(value: unknown): Record<string, unknown> | null {
  if (!isRecord(value)) return null;
  return Object.fromEntries(
    Object.entries(value).filter(([name, field]) => !name.endsWith('_tokens') || countOf(field) !== null),
  );
}
