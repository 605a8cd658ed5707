import type { ProviderSlug } from '@lumenfall/contracts';
import { anthropicRefusals } from './anthropic.js';
import { bflRefusals } from './bfl.js';
import { falRefusals } from './fal.js';
import { geminiRefusals } from './gemini.js';
import { openaiRefusals } from './openai.js';
import { openrouterRefusals } from './openrouter.js';
import { replicateRefusals } from './replicate.js';
import { runwareRefusals } from './runware.js';
import { xaiRefusals } from './xai.js';
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
  bfl: bflRefusals,
  xai: xaiRefusals,
  fireworks: openaiRefusals,
  runware: runwareRefusals,
  fal: falRefusals,
};
