import {
  IMAGE_FIELDS,
  type ImageBody,
  type ImageEditBody,
  type ImageMode,
  type ImageRequest,
  type InputImage,
  apiError,
  type ApiError,
} from '@lumenfall/contracts';
import type { ModelEntry } from './model-entry.js';
import { nearestNumber } from './shape.js';

/** The input images of a request, measured. */
export interface RequestImages {
  inputs: InputImage[];
  mask: InputImage | null;
}

export const NO_IMAGES: RequestImages = { inputs: [], mask: null };

/**
 * The normalised request of a body. Quality and upscale factor are resolved here, so that the estimate and the run
 * agree. Image fields of the body are never forwarded: a generation ignores them, and those of an edit are in
 * `images`.
 */
export function imageRequestOf(
  entry: ModelEntry,
  mode: ImageMode,
  body: ImageBody | ImageEditBody,
  { inputs, mask }: RequestImages,
): ImageRequest {
  const { model: _model, response_format: _form, prompt, n, size, aspect_ratio, resolution, ...fields } = body;
  const { quality, style, output_format, output_compression, user, ...others } = fields;
  const { scale_factor, idempotency_key: _key, stream: _stream, ...rest } = others;
  return {
    mode,
    inputs,
    mask,
    scaleFactor: mode === 'upscale' ? scaleFactorOf(entry, scale_factor) : null,
    prompt: prompt ?? '',
    n: n ?? 1,
    size: size ?? null,
    aspectRatio: aspect_ratio ?? null,
    resolution: resolution ?? null,
    quality: qualityOf(entry, quality),
    style: style ?? null,
    outputFormat: output_format ?? null,
    outputCompression: output_compression ?? null,
    user: user ?? null,
    extra: Object.fromEntries(Object.entries(rest).filter(([name]) => !isImageField(name))),
  };
}

const isImageField = (name: string): boolean => {
  const [base] = name.split('[');
  return IMAGE_FIELDS.some((field) => field === base);
};

/** The model's name for a quality; the entry maps older names (`hd`, `standard`). */
function qualityOf({ image }: ModelEntry, asked: string | null | undefined): string | null {
  const { quality } = image ?? {};
  if (!quality) return asked ?? null;
  return quality.names[asked ?? ''] ?? asked ?? quality.default;
}

/**
 * The nearest supported factor, of two equally near ones the larger; the model's default if none was requested; null
 * without one.
 */
function scaleFactorOf({ image }: ModelEntry, asked: unknown): number | null {
  const { upscale } = image ?? {};
  const wanted = typeof asked === 'number' ? asked : (upscale?.default ?? null);
  return wanted === null || upscale?.factors === undefined ? wanted : nearestNumber(wanted, upscale.factors);
}

/** Limit if the model sets none: OpenAI's. */
const MOST_INPUTS = 16;

/**
 * `upscale` if the body has a `scale_factor`, if the model cannot edit, or if the prompt is missing and the model
 * upscales.
 */
export function editModeOf(entry: ModelEntry, body: Pick<ImageEditBody, 'prompt' | 'scale_factor'>): ImageMode {
  if (body.scale_factor !== null && body.scale_factor !== undefined) return 'upscale';
  const upscales = entry.modes.includes('upscale');
  const edits = entry.modes.includes('image-edit');
  return upscales && (!edits || !body.prompt) ? 'upscale' : 'image-edit';
}

/** Null if the number of input images is supported. */
export function refuseInputs(
  entry: ModelEntry,
  mode: ImageMode,
  { inputs, mask }: { inputs: number; mask: boolean },
): ApiError | null {
  const refuse = (param: string, message: string): ApiError => apiError('INVALID_REQUEST', message, { param });
  if (inputs === 0) return refuse('image', 'image: Required field is missing: expected at least one image');
  const most = mostInputsOf(entry, mode);
  if (inputs > most) {
    const message = `Model '${entry.id}' does not support multiple input images`;
    return refuse('image', most === 1 ? message : `Model '${entry.id}' supports at most ${most} input images`);
  }
  return mask && mode === 'upscale' ? refuse('mask', 'mask: not supported for an upscale; omit it') : null;
}

/** Null if no image exceeds the model's limit in bytes. */
export function refuseWeight({ id, limits }: ModelEntry, { inputs, mask }: RequestImages): ApiError | null {
  const most = limits.max_input_bytes ?? Infinity;
  const heavy = inputs.some(({ sizeBytes }) => sizeBytes > most) ? 'image' : null;
  const param = heavy ?? (mask !== null && mask.sizeBytes > most ? 'mask' : null);
  if (param === null) return null;
  return apiError('INVALID_REQUEST', `${param}: Model '${id}' supports images of at most ${most} bytes`, { param });
}

export const mostInputsOf = ({ image, limits }: ModelEntry, mode: ImageMode): number =>
  mode === 'upscale' ? 1 : Math.min(MOST_INPUTS, image?.input_images ?? limits.max_input_images ?? MOST_INPUTS);
