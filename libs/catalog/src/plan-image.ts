import {
  apiError,
  fail,
  succeed,
  type ApiError,
  type ImageBody,
  type ImageEditBody,
  type ImageMode,
  type ImageRequest,
  type Plan,
  type Result,
} from '@lumenfall/contracts';
import { checkBody } from './check-body.js';
import { estimateImages } from './estimate-images.js';
import { findModel, type FoundModel } from './find-model.js';
import { editModeOf, refuseInputs, refuseWeight } from './image-request.js';
import { imageRequestOf, NO_IMAGES, type RequestImages } from './image-request.js';
import { refuseMode } from './mode.js';
import type { ModelEntry, OfferingEntry } from './model-entry.js';
import { readParameterTable } from './parameter-table.js';
import type { Catalog } from './parse-catalog.js';
import { plannedPixels } from './planned-pixels.js';
import type { PlanningContext } from './route.js';
import { routeOf } from './route.js';

/** Larger results are refused: they could not be decoded here. */
const MOST_OUTPUT_PIXELS = 134_217_728;
/** Longest side of an AVIF file, in pixels. */
const MOST_AVIF_SIDE = 1_600;

export interface PlannedImage {
  plan: Plan;
  request: ImageRequest;
}

/** The route of an image generation, and the normalised request. Images in the body are ignored. */
export async function planImage(
  catalog: Catalog,
  context: PlanningContext,
  body: ImageBody,
): Promise<Result<PlannedImage>> {
  const found = findModel(catalog, body.model);
  if (!found.ok) return found;
  const mode = 'text-to-image';
  const refusal = refuseMode(found.value.entry, mode) ?? checkBody(found.value.entry, mode, body);
  return refusal ? fail(refusal) : planOf(found.value, context, mode, body, NO_IMAGES);
}

/**
 * Checks an edit or an upscale before its images are fetched: model, mode, fields, number of images. Null if it is
 * valid so far.
 */
export function refuseImageEdit(
  catalog: Catalog,
  body: ImageEditBody,
  images: { inputs: number; mask: boolean },
): ApiError | null {
  const found = findModel(catalog, body.model);
  if (!found.ok) return found.error;
  const { entry } = found.value;
  const mode = editModeOf(entry, body);
  const wrongMode = refuseMode(entry, mode);
  if (wrongMode) return wrongMode;
  if (mode === 'image-edit' && !body.prompt) {
    return apiError('INVALID_REQUEST', 'prompt: Required field is missing: expected string', { param: 'prompt' });
  }
  return checkBody(entry, mode, body) ?? refuseInputs(entry, mode, images);
}

/** The route of an edit or an upscale of measured images. */
export async function planImageEdit(
  catalog: Catalog,
  context: PlanningContext,
  body: ImageEditBody,
  images: RequestImages,
): Promise<Result<PlannedImage>> {
  const counts = { inputs: images.inputs.length, mask: images.mask !== null };
  const refusal = refuseImageEdit(catalog, body, counts);
  if (refusal) return fail(refusal);
  const found = findModel(catalog, body.model);
  if (!found.ok) return found;
  const heavy = refuseWeight(found.value.entry, images);
  if (heavy) return fail(heavy);
  return planOf(found.value, context, editModeOf(found.value.entry, body), body, images);
}

async function planOf(
  found: FoundModel,
  context: PlanningContext,
  mode: ImageMode,
  body: ImageBody | ImageEditBody,
  images: RequestImages,
): Promise<Result<PlannedImage>> {
  const { entry, forcedProvider } = found;
  const request = imageRequestOf(entry, mode, body, images);
  const inputs = images.inputs.length;
  const route = routeOf(found, context, await estimateImages(entry, request), {
    serves: (offering) => servesMode(offering, mode) && inputs <= mostInputsAt(offering),
    refusal: refuseThere(found, mode),
  });
  if (!route.ok) return route;
  const oversized = refuseSize(entry, route.value.route, request);
  if (oversized) return fail(oversized);
  const model = forcedProvider === null ? body.model : body.model.slice(forcedProvider.length + 1);
  return succeed({ plan: { model, modality: 'image', forced: forcedProvider !== null, ...route.value }, request });
}

const servesMode = ({ modes }: OfferingEntry, mode: ImageMode): boolean => modes === undefined || modes.includes(mode);

/** Most input images of an offering: one that sends a single image does not silently drop the others. */
function mostInputsAt({ parameters }: OfferingEntry): number {
  const { image, max_inputs } = readParameterTable(parameters);
  return max_inputs ?? (image?.send === 'one' ? 1 : Infinity);
}

/** The error if no allowed offering serves the request: wrong mode, or too many input images. */
function refuseThere({ entry, forcedProvider }: FoundModel, mode: ImageMode): ApiError {
  const there = entry.offerings.filter(
    (offering) => (forcedProvider === null || offering.provider === forcedProvider) && servesMode(offering, mode),
  );
  const where = forcedProvider === null ? '' : ` at ${forcedProvider}`;
  if (there.length === 0) {
    return apiError('INVALID_REQUEST', `Model '${entry.id}' is not offered for ${mode}${where}`, { param: 'model' });
  }
  const most = Math.max(...there.map(mostInputsAt));
  const message = `Model '${entry.id}' supports at most ${most} input image${most === 1 ? '' : 's'}${where}`;
  return apiError('INVALID_REQUEST', message, { param: 'image' });
}

/** The error if every offering of the route would return an image that is too large. */
function refuseSize(
  entry: ModelEntry,
  route: readonly Pick<OfferingEntry, 'parameters'>[],
  request: ImageRequest,
): ApiError | null {
  const sizes = route.map((offering) => plannedPixels(entry, offering, request));
  const [planned] = sizes;
  const shown = planned ? `${planned.width}x${planned.height}` : '';
  if (sizes.every(({ width, height }) => width * height > MOST_OUTPUT_PIXELS)) {
    const message = `scale_factor: the result would have ${shown} pixels, more than the maximum; use a smaller factor`;
    return apiError('INVALID_REQUEST', message, { param: 'scale_factor' });
  }
  if (request.outputFormat === 'avif' && sizes.every(({ width, height }) => Math.max(width, height) > MOST_AVIF_SIDE)) {
    const message = `output_format: AVIF supports at most ${MOST_AVIF_SIDE} pixels per side and the result would have ${shown}; use webp`;
    return apiError('INVALID_REQUEST', message, { param: 'output_format' });
  }
  return null;
}
