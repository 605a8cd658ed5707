/** USD per billion tokens, so that sums stay whole numbers: 0.25 and 2 USD per million. */
const PROMPT_NANOS = 250;
const COMPLETION_NANOS = 2_000;

const DETAILS = {
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
};

/** `usage` as OpenAI tells it; OpenRouter adds what the call cost, in USD. */
export function usageBody(promptTokens: number, completionTokens: number, withCost: boolean): Record<string, unknown> {
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...DETAILS,
  };
  if (!withCost) return usage;
  const cost = (promptTokens * PROMPT_NANOS + completionTokens * COMPLETION_NANOS) / 1e9;
  return { ...usage, cost, is_byok: false, cost_details: { upstream_inference_cost: null } };
}
