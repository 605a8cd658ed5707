import type { ReportedUsage } from '@lumenfall/catalog';
import type { Modality, ProviderSlug } from '@lumenfall/contracts';
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

const KIND_OF: Readonly<Record<Modality, keyof ProviderAdapters>> = { text: 'chat', image: 'image', video: 'video' };

/** What the adapter of a provider can report; the catalog is validated against it. */
export const reportedUsage: ReportedUsage = (provider, modality) =>
  providerAdapters[provider][KIND_OF[modality]]?.reports ?? [];

/** Whether every answer of a provider names the cost of the call. */
export const reportsCost = (provider: ProviderSlug, modality: Modality): boolean =>
  modality === 'text' && providerAdapters[provider].chat?.reportsCost === true;
