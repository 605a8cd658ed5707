import { apiError, type ApiError } from '@lumenfall/contracts';
import { z } from 'zod';

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

/** The documented error for a mode that the model does not support; null if it does. */
export function refuseMode({ id, modes }: { id: string; modes: readonly Mode[] }, mode: Mode): ApiError | null {
  if (modes.includes(mode)) return null;
  // The documented texts: image edits name no supported modes.
  const message =
    mode === 'image-edit'
      ? `Model '${id}' does not support image editing`
      : `Model '${id}' does not support ${mode === 'upscale' ? 'upscaling' : mode}. Supported modes: ${modes.join(', ')}`;
  return apiError('INVALID_REQUEST', message, { param: 'model' });
}
