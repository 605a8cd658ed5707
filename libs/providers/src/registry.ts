import type { ProviderSlug } from '@lumenfall/contracts';
import { anthropic } from './anthropic/adapter.js';
import { bfl } from './bfl/adapter.js';
import { fal } from './fal/adapter.js';
import { fireworks } from './fireworks/adapter.js';
import { gemini } from './gemini/adapter.js';
import { openAiCompatible } from './openai-compatible/adapter.js';
import { openAi } from './openai/adapter.js';
import { openRouter } from './openrouter/adapter.js';
import { replicate } from './replicate/adapter.js';
import { runware } from './runware/adapter.js';
import { vertex } from './vertex/adapter.js';
import { xai } from './xai/adapter.js';
import type { ProviderAdapters } from './spec/index.js';

export const providerAdapters: Record<ProviderSlug, ProviderAdapters> = {
  openrouter: openRouter,
  openai: openAi,
  anthropic,
  gemini,
  vertex,
  replicate,
  bfl,
  xai,
  fireworks,
  runware,
  fal,
  'openai-compatible': openAiCompatible,
};
