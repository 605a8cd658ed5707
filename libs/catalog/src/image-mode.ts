import { apiError, type ApiError, type ImageEditBody, type ImageMode } from '@lumenfall/contracts';
import type { RequestImages } from './image-request.js';
import type { ModelEntry } from './model-entry.js';

/** Where neither the model nor the offering says less: OpenAI's own limit. */
const MOST_INPUTS = 16;

/** An upscale is known by its factor, by a model that does nothing else with pictures, or by a missing prompt where the model can. */
export function editModeOf(entry: ModelEntry, body: Pick<ImageEditBody, 'prompt' | 'scale_factor'>): ImageMode {
  if (body.scale_factor !== null && body.scale_factor !== undefined) return 'upscale';
  const upscales = entry.modes.includes('upscale');
  const edits = entry.modes.includes('image-edit');
  return upscales && (!edits || !body.prompt) ? 'upscale' : 'image-edit';
}

/** The documented refusal where a model is asked for what it cannot do; null where it can. */
export function refuseImageMode({ id, modes }: ModelEntry, mode: ImageMode): ApiError | null {
  if (modes.includes(mode)) return null;
  const supported = `Supported modes: ${modes.join(', ')}`;
  const message = {
    'text-to-image': `Model '${id}' does not support text-to-image. ${supported}`,
    'image-edit': `Model '${id}' does not support image editing`,
    upscale: `Model '${id}' does not support upscaling. ${supported}`,
  }[mode];
  return apiError('INVALID_REQUEST', message, { param: 'model' });
}

/** Null where the model takes as many pictures as came. */
export function refuseInputs(
  entry: ModelEntry,
  mode: ImageMode,
  { inputs, mask }: { inputs: number; mask: boolean },
): ApiError | null {
  const refuse = (param: string, message: string): ApiError => apiError('INVALID_REQUEST', message, { param });
  if (inputs === 0) return refuse('image', 'image: Required field is missing: expected at least one picture');
  const most = mostInputsOf(entry, mode);
  if (inputs > most) {
    const message = `Model '${entry.id}' does not support multiple input images`;
    return refuse('image', most === 1 ? message : `Model '${entry.id}' takes at most ${most} input images`);
  }
  return mask && mode === 'upscale' ? refuse('mask', 'mask: an upscale takes no mask') : null;
}

/** Null where no picture has more bytes than the model says that it takes. */
export function refuseWeight({ id, limits }: ModelEntry, { inputs, mask }: RequestImages): ApiError | null {
  const most = limits.max_input_bytes ?? Infinity;
  const heavy = inputs.some(({ sizeBytes }) => sizeBytes > most) ? 'image' : null;
  const param = heavy ?? (mask !== null && mask.sizeBytes > most ? 'mask' : null);
  if (param === null) return null;
  return apiError('INVALID_REQUEST', `${param}: Model '${id}' takes pictures of at most ${most} bytes`, { param });
}

export const mostInputsOf = ({ image, limits }: ModelEntry, mode: ImageMode): number =>
  mode === 'upscale' ? 1 : Math.min(MOST_INPUTS, image?.input_images ?? limits.max_input_images ?? MOST_INPUTS);
