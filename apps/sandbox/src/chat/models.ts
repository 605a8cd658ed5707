import type { ProviderSlug } from '@lumenfall/contracts';
import { json, type JsonAnswer } from '../exchange/answer.js';

/** The sandbox answers for every model; these are the ones it names. */
const MODELS: Readonly<Partial<Record<ProviderSlug, readonly string[]>>> = {
  openrouter: ['openai/gpt-5.4-mini', 'google/gemini-3-flash-preview', 'anthropic/claude-haiku-4.5'],
  openai: ['gpt-5.4-mini', 'gpt-image-1.5', 'sora-2'],
  'openai-compatible': ['sandbox-small', 'sandbox-large'],
};

/** `GET models`. */
export const modelList = (provider: ProviderSlug): JsonAnswer =>
  json(200, {
    object: 'list',
    data: (MODELS[provider] ?? []).map((id) => ({ id, object: 'model', created: 1_760_000_000, owned_by: 'sandbox' })),
  });
