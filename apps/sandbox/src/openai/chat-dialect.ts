import { randomBytes } from 'node:crypto';
import type { ProviderSlug } from '@lumenfall/contracts';
import { costOf } from '../openrouter/models.js';
import { openrouterFailure } from '../openrouter/refusals.js';
import { openaiFailureBody } from './refusals.js';

/** How OpenRouter's chat protocol differs from OpenAI's. */
export interface ChatDialect {
  newId(): string;
  /** Fields that every answer and chunk carries besides OpenAI's. */
  extra: Record<string, unknown>;
  /** Usage is sent without being requested, with its cost. */
  alwaysUsage: boolean;
  /** Comment line that is sent until the model answers; null for none. */
  comment: string | null;
  /** The event that ends a stream that fails after it began. */
  lateFailure(status: number, head: Record<string, unknown>): unknown;
}

const randomId = (): string => randomBytes(12).toString('hex');

const openai: ChatDialect = {
  newId: () => `chatcmpl-${randomId()}`,
  extra: { service_tier: 'default', system_fingerprint: 'fp_sandbox' },
  alwaysUsage: false,
  comment: null,
  lateFailure: (status) => openaiFailureBody(status),
};

const openrouter: ChatDialect = {
  newId: () => `gen-${Math.floor(Date.now() / 1_000)}-${randomId()}`,
  extra: { provider: 'Sandbox' },
  alwaysUsage: true,
  comment: ': OPENROUTER PROCESSING\n\n',
  lateFailure: (status, head) => ({
    ...head,
    error: openrouterFailure(status),
    choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
  }),
};

export const dialectOf = (provider: ProviderSlug): ChatDialect => (provider === 'openrouter' ? openrouter : openai);

/** `usage` in OpenAI's form; OpenRouter adds the cost of the call, in USD. */
export function usageBody(model: string, promptTokens: number, completionTokens: number, dialect: ChatDialect): object {
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
  if (!dialect.alwaysUsage) return usage;
  const cost = costOf(model, promptTokens, completionTokens);
  return {
    ...usage,
    cost: cost.total,
    is_byok: false,
    cost_details: {
      upstream_inference_cost: null,
      upstream_inference_prompt_cost: cost.prompt,
      upstream_inference_completions_cost: cost.completion,
    },
  };
}
