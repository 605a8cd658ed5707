import type { ChargeBasis, ChatUsage, Flow, PlannedOffering, Quantity } from '@lumenfall/contracts';
import { Decimal } from 'decimal.js';

export interface CountedUsage {
  usage: ChatUsage;
  /** True where the tokens were counted here. */
  estimated: boolean;
}

/**
 * What was consumed: the provider's figures, else the planned input and the counted output. A provider that reports nothing
 * for a chat that delivered nothing has consumed nothing.
 */
export async function countUsage(
  offering: PlannedOffering,
  reported: ChatUsage | null,
  deliveredText: string,
  countTokens: (text: string) => Promise<number>,
): Promise<CountedUsage> {
  if (reported !== null) return { usage: reported, estimated: false };
  const completion = deliveredText === '' ? 0 : await countTokens(deliveredText);
  const prompt = offering.estimate.reduce(
    (sum, { type, metric, quantity }) => (type === 'input' && metric === 'token' ? sum + quantity : sum),
    0,
  );
  const usage = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
  return { usage, estimated: true };
}

/** The charge for a chat. A provider's own cost, where it reports one, stays exactly the decimal it wrote. */
export function chatCharge({ price }: Pick<PlannedOffering, 'price'>, { usage, estimated }: CountedUsage): ChargeBasis {
  const details = usage.prompt_tokens_details;
  // Both are inside `prompt_tokens` already: what is counted apart is taken out there.
  const cached = atMost(usage.prompt_tokens, details?.cached_tokens ?? 0);
  const written = atMost(usage.prompt_tokens - cached, details?.cache_write_tokens ?? 0);
  const quantities = [
    tokens('input', usage.prompt_tokens - cached - written),
    tokens('cache_read', cached),
    tokens('cache_write', written),
    tokens('output', usage.completion_tokens),
  ].filter(({ quantity }) => quantity > 0);
  return {
    price,
    quantities,
    reportedCostUsd: decimalText(usage.cost ?? null),
    estimated,
  };
}

function tokens(type: Flow, quantity: number): Quantity {
  return { type, metric: 'token', quantity };
}

function atMost(limit: number, count: number): number {
  return Math.min(Math.max(0, count), limit);
}

function decimalText(usd: number | null): string | null {
  return usd === null ? null : new Decimal(usd).toFixed();
}
