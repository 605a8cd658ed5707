import {
  IMAGE_FIELDS,
  type ImageBody,
  type ImageEditBody,
  type ImageMode,
  type ImageRequest,
  type InputImage,
} from '@lumenfall/contracts';
import type { ModelEntry } from './model-entry.js';
import { nearestNumber } from './shape.js';

/** The pictures that came with a request, measured. */
export interface RequestImages {
  inputs: InputImage[];
  mask: InputImage | null;
}

export const NO_PICTURES: RequestImages = { inputs: [], mask: null };

/**
 * A body in our own terms. What the estimate depends on is settled here (quality, factor of an upscale), so that the estimate and
 * the run agree. Pictures in a body are never among the fields that go upstream unchanged: they do not condition a generation,
 * and those of an edit are in `pictures`.
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
    extra: Object.fromEntries(Object.entries(rest).filter(([name]) => !isPictureField(name))),
  };
}

const isPictureField = (name: string): boolean => {
  const [base] = name.split('[');
  return IMAGE_FIELDS.some((field) => field === base);
};

/** The model's own name for a quality; older names (`hd`, `standard`) are among those that the entry lists. */
function qualityOf({ image }: ModelEntry, asked: string | null | undefined): string | null {
  const { quality } = image ?? {};
  if (!quality) return asked ?? null;
  return quality.names[asked ?? ''] ?? asked ?? quality.default;
}

/** The nearest that the model has, of two the larger; its own where none was asked; null where nobody says. */
function scaleFactorOf({ image }: ModelEntry, asked: unknown): number | null {
  const { upscale } = image ?? {};
  const wanted = typeof asked === 'number' ? asked : (upscale?.default ?? null);
  return wanted === null || upscale?.factors === undefined ? wanted : nearestNumber(wanted, upscale.factors);
}
