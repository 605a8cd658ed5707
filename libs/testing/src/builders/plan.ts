import type { Plan, PlannedOffering, Price } from '@lumenfall/contracts';

/** USD 0.000001 per input token, USD 0.000002 per output token. */
export function aTokenPrice(changes: Partial<Price> = {}): Price {
  return {
    version: 'test-token-price',
    lines: [
      { type: 'input', metric: 'token', unitPrice: '0.000001' },
      { type: 'output', metric: 'token', unitPrice: '0.000002' },
    ],
    ...changes,
  };
}

/** A text model at OpenRouter, expected to read 10 tokens and to write 20. */
export function anOffering(changes: Partial<PlannedOffering> = {}): PlannedOffering {
  return {
    provider: 'openrouter',
    providerName: 'OpenRouter',
    providerModel: 'openai/gpt-5.4-mini',
    price: aTokenPrice(),
    parameters: {},
    estimate: [
      { type: 'input', metric: 'token', quantity: 10 },
      { type: 'output', metric: 'token', quantity: 20 },
    ],
    priority: 0,
    weight: 1,
    ...changes,
  };
}

/** A route of one text offering. */
export function aPlan(changes: Partial<Plan> = {}): Plan {
  return { model: 'gpt-5.4-mini', modality: 'text', forced: false, route: [anOffering()], passedOver: [], ...changes };
}
