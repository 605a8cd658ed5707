import { apiError, type ApiError } from '@lumenfall/contracts';
import type { ModelEntry } from './model-entry.js';

type Mode = ModelEntry['modes'][number];

/** The documented refusal where a model is asked for what it cannot do; null where it can. */
export function requireMode(entry: ModelEntry, mode: Mode): ApiError | null {
  if (entry.modes.includes(mode)) return null;
  return apiError(
    'INVALID_REQUEST',
    `Model '${entry.id}' does not support ${mode}. Supported modes: ${entry.modes.join(', ')}`,
    { param: 'model' },
  );
}

/** Null where the prompt fits the model. */
export function requirePromptLength(entry: ModelEntry, prompt: string): ApiError | null {
  if (entry.prompt_limit === undefined || prompt.length <= entry.prompt_limit) return null;
  return apiError('INVALID_REQUEST', `prompt: Too big: expected string to have <=${entry.prompt_limit} characters`, {
    param: 'prompt',
  });
}
