import { fail, succeed, type Plan, type Result, type VideoBody, type VideoRequest } from '@lumenfall/contracts';
import { videoLines } from './as-measured.js';
import { checkBody } from './check-body.js';
import { findModel } from './find-model.js';
import { refuseMode } from './mode.js';
import type { ModelEntry } from './model-entry.js';
import type { Catalog } from './parse-catalog.js';
import type { PlanningContext } from './route.js';
import { routeOf } from './route.js';
import { nearestNumber, nearestSize, nearestTier, readPixels, readShape, readTier } from './shape.js';

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
  const properties = propertiesOf(entry, request);
  const route = routeOf(found.value, context, ({ price }) =>
    price.some(({ type, metric }) => type === 'output' && metric === 'video')
      ? [{ type: 'output', metric: 'video', quantity: 1, properties }]
      : [{ type: 'output', metric: 'second', quantity: request.seconds, properties }],
  );
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
  const { seconds: lengths = [], sizes = [], resolutions, audio } = entry.video ?? {};
  const asked = seconds ?? duration;
  // A video entry has at least one length and one size; the first is the default.
  const length = asked == null ? lengths[0] : nearestNumber(asked, lengths);
  const asShape = readShape({ size, aspectRatio: aspect_ratio, resolution });
  const longSide = asShape.longSide ?? (resolution ? readTier(resolution) : null);
  const shape = nearestSize({ ...asShape, longSide }, sizes);
  if (length == null || shape === null) throw new Error(`The catalog entry of ${entry.id} has no lengths or sizes`);
  return {
    prompt,
    seconds: length,
    size: shape,
    resolution: resolutions ? nearestResolution(longSide, resolutions) : (resolution ?? null),
    inputReferences,
    negativePrompt: negative_prompt ?? null,
    extra: audio && extra[audio.parameter] != null ? { ...extra, [audio.parameter]: hasAudio(extra, audio) } : extra,
  };
}

const nearestResolution = (longSide: number | null, resolutions: readonly string[]): string | null =>
  (longSide === null ? null : nearestTier(longSide, resolutions)) ?? resolutions[0] ?? null;

/** Whether the video will have sound. Forms write the parameter as text. */
function hasAudio(extra: Record<string, unknown>, { parameter, default: usual }: AudioEntry): boolean {
  const asked = extra[parameter];
  return asked == null ? usual : asked === true || asked === 'true' || asked === 1 || asked === '1';
}

type AudioEntry = NonNullable<NonNullable<ModelEntry['video']>['audio']>;

/** Properties that select the price line of a video. */
function propertiesOf({ video }: ModelEntry, { size, resolution, extra }: VideoRequest): Record<string, string> {
  const pixels = readPixels(size);
  const lines = pixels === null ? resolution : videoLines(pixels);
  return {
    size,
    ...(lines !== null && { resolution: lines }),
    ...(video?.audio && { audio: hasAudio(extra, video.audio) ? 'on' : 'off' }),
  };
}
