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
import { editModeOf, refuseImageMode, refuseInputs, refuseWeight } from './image-mode.js';
import { imageRequestOf, NO_PICTURES, type RequestImages } from './image-request.js';
import type { ModelEntry, OfferingEntry } from './model-entry.js';
import { readParameterTable } from './parameter-table.js';
import type { Catalog } from './parse-catalog.js';
import { plannedPixels } from './planned-pixels.js';
import type { PlanningContext } from './planning-context.js';
import { routeOf } from './route.js';

/** Larger results than these are not made: they could not be decoded here. */
const MOST_OUTPUT_PIXELS = 134_217_728;
/** The longest side that is encoded as AVIF, in pixels. */
const MOST_AVIF_SIDE = 1_600;

export interface PlannedImage {
  plan: Plan;
  request: ImageRequest;
}

/** The route of an image generation, and the request in our own terms. Pictures in the body do not count. */
export async function planImage(
  catalog: Catalog,
  context: PlanningContext,
  body: ImageBody,
): Promise<Result<PlannedImage>> {
  const found = findModel(catalog, body.model);
  if (!found.ok) return found;
  const mode = 'text-to-image';
  const refusal = refuseImageMode(found.value.entry, mode) ?? checkBody(found.value.entry, mode, body);
  return refusal ? fail(refusal) : planOf(found.value, context, mode, body, NO_PICTURES);
}

/**
 * What is wrong with an edit or an upscale before its pictures have been looked at: the model, its modes, the fields, how
 * many pictures there are. Null where they are worth fetching.
 */
export function refuseImageEdit(
  catalog: Catalog,
  body: ImageEditBody,
  pictures: { inputs: number; mask: boolean },
): ApiError | null {
  const found = findModel(catalog, body.model);
  if (!found.ok) return found.error;
  const { entry } = found.value;
  const mode = editModeOf(entry, body);
  const wrongMode = refuseImageMode(entry, mode);
  if (wrongMode) return wrongMode;
  if (mode === 'image-edit' && !body.prompt) {
    return apiError('INVALID_REQUEST', 'prompt: Required field is missing: expected string', { param: 'prompt' });
  }
  return checkBody(entry, mode, body) ?? refuseInputs(entry, mode, pictures);
}

/** The route of an edit or an upscale of pictures that have been measured. */
export async function planImageEdit(
  catalog: Catalog,
  context: PlanningContext,
  body: ImageEditBody,
  pictures: RequestImages,
): Promise<Result<PlannedImage>> {
  const counts = { inputs: pictures.inputs.length, mask: pictures.mask !== null };
  const refusal = refuseImageEdit(catalog, body, counts);
  if (refusal) return fail(refusal);
  const found = findModel(catalog, body.model);
  if (!found.ok) return found;
  const heavy = refuseWeight(found.value.entry, pictures);
  if (heavy) return fail(heavy);
  return planOf(found.value, context, editModeOf(found.value.entry, body), body, pictures);
}

async function planOf(
  found: FoundModel,
  context: PlanningContext,
  mode: ImageMode,
  body: ImageBody | ImageEditBody,
  pictures: RequestImages,
): Promise<Result<PlannedImage>> {
  const { entry, forcedProvider } = found;
  const request = imageRequestOf(entry, mode, body, pictures);
  const inputs = pictures.inputs.length;
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

/** Pictures that are sent on: what only takes one does not drop the others. */
function mostInputsAt({ parameters }: OfferingEntry): number {
  const { image, max_inputs } = readParameterTable(parameters);
  return max_inputs ?? (image?.send === 'one' ? 1 : Infinity);
}

/** Why nothing is left where the request may go: another mode, or fewer pictures than the model itself takes. */
function refuseThere({ entry, forcedProvider }: FoundModel, mode: ImageMode): ApiError {
  const there = entry.offerings.filter(
    (offering) => (forcedProvider === null || offering.provider === forcedProvider) && servesMode(offering, mode),
  );
  const where = forcedProvider === null ? '' : ` at ${forcedProvider}`;
  if (there.length === 0) {
    return apiError('INVALID_REQUEST', `Model '${entry.id}' is not offered for ${mode}${where}`, { param: 'model' });
  }
  const most = Math.max(...there.map(mostInputsAt));
  const message = `Model '${entry.id}' takes at most ${most} input image${most === 1 ? '' : 's'}${where}`;
  return apiError('INVALID_REQUEST', message, { param: 'image' });
}

/** Where every offering of the route would make a picture that is larger than can be handed over. */
function refuseSize(
  entry: ModelEntry,
  route: readonly Pick<OfferingEntry, 'parameters'>[],
  request: ImageRequest,
): ApiError | null {
  const sizes = route.map((offering) => plannedPixels(entry, offering, request));
  const [planned] = sizes;
  const shown = planned ? `${planned.width}x${planned.height}` : '';
  if (sizes.every(({ width, height }) => width * height > MOST_OUTPUT_PIXELS)) {
    const message = `scale_factor: the result would have ${shown} pixels, which is more than can be made`;
    return apiError('INVALID_REQUEST', message, { param: 'scale_factor' });
  }
  if (request.outputFormat === 'avif' && sizes.every(({ width, height }) => Math.max(width, height) > MOST_AVIF_SIDE)) {
    const message = `output_format: AVIF is made up to ${MOST_AVIF_SIDE} pixels a side, and this would have ${shown}; ask for webp`;
    return apiError('INVALID_REQUEST', message, { param: 'output_format' });
  }
  return null;
}
