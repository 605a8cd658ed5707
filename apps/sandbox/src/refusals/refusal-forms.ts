import type { ProviderSlug } from '@lumenfall/contracts';
import { anthropicRefusals } from './anthropic.js';
import { falRefusals } from './fal.js';
import { geminiRefusals } from './gemini.js';
import { openaiRefusals } from './openai.js';
import { openrouterRefusals } from './openrouter.js';
import { replicateRefusals } from './replicate.js';
import type { RefusalForm } from './refusal-form.js';

export type { RefusalForm } from './refusal-form.js';

export const refusalForms: Readonly<Record<ProviderSlug, RefusalForm>> = {
  openrouter: openrouterRefusals,
  openai: openaiRefusals,
  'openai-compatible': openaiRefusals,
  anthropic: anthropicRefusals,
  gemini: geminiRefusals,
  vertex: geminiRefusals,
  replicate: replicateRefusals,
  bfl: falRefusals,
  xai: openaiRefusals,
  fireworks: openaiRefusals,
  runware: openaiRefusals,
  fal: falRefusals,
};
