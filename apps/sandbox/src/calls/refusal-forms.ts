import type { ProviderSlug } from '@lumenfall/contracts';
import { anthropicRefusals } from '../anthropic/refusals.js';
import { bflRefusals } from '../bfl/refusals.js';
import { falRefusals } from '../fal/refusals.js';
import { geminiRefusals } from '../gemini/refusals.js';
import { openaiRefusals } from '../openai/refusals.js';
import { openrouterRefusals } from '../openrouter/refusals.js';
import { replicateRefusals } from '../replicate/refusals.js';
import { runwareRefusals } from '../runware/refusals.js';
import { xaiRefusals } from '../xai/refusals.js';
import type { RefusalForm } from './answer.js';

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
