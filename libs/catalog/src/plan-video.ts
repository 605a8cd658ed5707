import { fail, succeed, type Plan, type Result, type VideoBody, type VideoRequest } from '@lumenfall/contracts';
import { checkBody } from './check-body.js';
import { findModel } from './find-model.js';
import { refuseMode } from './mode.js';
import type { ModelEntry } from './model-entry.js';
import type { Catalog } from './parse-catalog.js';
import type { PlanningContext } from './route.js';
import { routeOf } from './route.js';
import { nearestNumber, nearestSize, readShape } from './shape.js';

/**
 * The route of a video, and the normalised request: duration and size are converted to the nearest supported values,
 * so that the answer, the estimate and the charge agree.
 */
export function planVideo(
  catalog: Catalog,
  context: PlanningContext,
  body: VideoBody,
): Result<{ plan: Plan; request: VideoRequest }> {
  const found = findModel(catalog, body.model);
  if (!found.ok) return found;
  const { entry, forcedProvider } = found.value;
  const references = [body.input_reference ?? []].flat().map((reference) => reference.image_url);
  const mode = references.length > 0 ? 'image-to-video' : 'text-to-video';
  const refusal = refuseMode(entry, mode) ?? checkBody(entry, mode, body);
  if (refusal) return fail(refusal);

  const request = requestOf(body, entry, references);
  const properties = { size: request.size, ...(request.resolution ? { resolution: request.resolution } : {}) };
  const route = routeOf(found.value, context, () => [
    { type: 'output', metric: 'second', quantity: request.seconds, properties },
  ]);
  if (!route.ok) return route;
  const model = forcedProvider === null ? body.model : body.model.slice(forcedProvider.length + 1);
  return succeed({ plan: { model, modality: 'video', forced: forcedProvider !== null, ...route.value }, request });
}

function requestOf(body: VideoBody, entry: ModelEntry, inputReferences: string[]): VideoRequest {
  const {
    model: _m,
    prompt,
    seconds,
    duration,
    size,
    aspect_ratio,
    resolution,
    n: _n,
    input_reference: _r,
    ...rest
  } = body;
  const {
    negative_prompt,
    media_retention: _t,
    webhook_url: _w,
    idempotency_key: _k,
    metadata: _d,
    user: _u,
    ...extra
  } = rest;
  const { seconds: lengths = [], sizes = [] } = entry.video ?? {};
  const asked = seconds ?? duration;
  // A video entry has at least one length and one size; the first is the default.
  const length = asked == null ? lengths[0] : nearestNumber(asked, lengths);
  const shape = nearestSize(readShape({ size, aspectRatio: aspect_ratio, resolution }), sizes);
  if (length == null || shape === null) throw new Error(`The catalog entry of ${entry.id} has no lengths or sizes`);
  return {
    prompt,
    seconds: length,
    size: shape,
    resolution: resolution ?? null,
    inputReferences,
    negativePrompt: negative_prompt ?? null,
    extra,
  };
}
