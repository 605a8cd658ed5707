import { apiError, type ApiError } from '@lumenfall/contracts';
import { z } from 'zod';
import type { ModelEntry } from './model-entry.js';

export const modeSchema = z.enum([
  'chat',
  'text-to-image',
  'image-edit',
  'upscale',
  'text-to-video',
  'image-to-video',
  'video-to-video',
]);
export type Mode = z.infer<typeof modeSchema>;

/** The documented refusal where a model is asked for what it cannot do; null where it can. */
export function requireMode(entry: ModelEntry, mode: Mode): ApiError | null {
  if (entry.modes.includes(mode)) return null;
  return apiError(
    'INVALID_REQUEST',
    `Model '${entry.id}' does not support ${mode}. Supported modes: ${entry.modes.join(', ')}`,
    { param: 'model' },
  );
}
