import type { AnswerMetadata } from '@lumenfall/contracts';

/** The `metadata` of an answer that cost 0.04 USD, with changes. */
export function anAnswerMetadata(changes: Partial<AnswerMetadata> = {}): AnswerMetadata {
  return {
    model: 'm',
    executed_model: 'p/m',
    provider: 'p',
    provider_name: 'P',
    cost: 0.04,
    cost_currency: 'USD',
    attempts: [],
    ...changes,
  };
}
