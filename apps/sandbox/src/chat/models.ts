import type { ProviderSlug } from '@lumenfall/contracts';
import { json, type JsonAnswer } from '../exchange/answer.js';
import { openRouterModels } from './openrouter-models.js';

/** The sandbox answers for every model; these are the ones it names. */
const MODELS: Readonly<Partial<Record<ProviderSlug, readonly string[]>>> = {
  openai: ['gpt-5.4-mini', 'gpt-image-1.5', 'sora-2'],
  'openai-compatible': ['sandbox-small', 'sandbox-large'],
};

/** `GET models`. */
export function modelList(provider: ProviderSlug): JsonAnswer {
  if (provider === 'openrouter') return json(200, openRouterModels());
  const data = (MODELS[provider] ?? []).map((id) => ({
    id,
    object: 'model',
    created: 1_760_000_000,
    owned_by: 'sandbox',
  }));
  return json(200, { object: 'list', data });
}
