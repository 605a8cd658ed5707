import {
  fail,
  succeed,
  type ImageBody,
  type ImageRequest,
  type Plan,
  type Quantity,
  type Result,
} from '@lumenfall/contracts';
import { checkBody } from './check-body.js';
import { countTokens } from './count-tokens.js';
import { findModel } from './find-model.js';
import { requireMode } from './mode.js';
import type { ModelEntry } from './model-entry.js';
import type { Catalog } from './parse-catalog.js';
import type { PlanningContext } from './planning-context.js';
import { routeOf } from './route.js';
import { nearestSize, nearestTier, readShape } from './shape.js';

/** The route of an image generation, and the request in our own terms. Quality is settled here, so that the estimate and the run agree. */
export async function planImage(
  catalog: Catalog,
  context: PlanningContext,
  body: ImageBody,
): Promise<Result<{ plan: Plan; request: ImageRequest }>> {
  const found = findModel(catalog, body.model);
  if (!found.ok) return found;
  const { entry, forcedProvider } = found.value;
  const refusal = requireMode(entry, 'text-to-image') ?? checkBody(entry, 'text-to-image', body);
  if (refusal) return fail(refusal);

  const request = requestOf(body, entry);
  const estimate = await estimateImages(entry, request);
  const route = routeOf(found.value, context, () => estimate);
  if (!route.ok) return route;
  const model = forcedProvider === null ? body.model : body.model.slice(forcedProvider.length + 1);
  return succeed({ plan: { model, modality: 'image', forced: forcedProvider !== null, ...route.value }, request });
}

function requestOf(body: ImageBody, entry: ModelEntry): ImageRequest {
  const {
    model: _model,
    response_format: _form,
    prompt,
    n,
    size,
    aspect_ratio,
    resolution,
    quality,
    style,
    ...rest
  } = body;
  const { output_format, output_compression, user, ...extra } = rest;
  const qualities = entry.image?.quality;
  return {
    mode: 'text-to-image',
    inputs: [],
    mask: null,
    scaleFactor: null,
    prompt,
    n: n ?? 1,
    size: size ?? null,
    aspectRatio: aspect_ratio ?? null,
    resolution: resolution ?? null,
    quality: qualities ? (qualities.names[quality ?? ''] ?? quality ?? qualities.default) : (quality ?? null),
    style: style ?? null,
    outputFormat: output_format ?? null,
    outputCompression: output_compression ?? null,
    user: user ?? null,
    extra,
  };
}

/** Tokens where the model counts tokens, otherwise pictures with the tier that sets their price. */
async function estimateImages(entry: ModelEntry, request: ImageRequest): Promise<Quantity[]> {
  const shape = readShape(request);
  const { sizes, tiers, output_tokens } = entry.image ?? {};
  if (sizes && output_tokens) {
    const tokens = output_tokens[request.quality ?? '']?.[nearestSize(shape, sizes) ?? ''];
    return [
      { type: 'input', metric: 'token', of: 'text', quantity: await countTokens(request.prompt) },
      // An unknown quality goes upstream as it is; the estimate then takes the dearest.
      { type: 'output', metric: 'token', of: 'image', quantity: request.n * (tokens ?? dearest(output_tokens)) },
    ];
  }
  // The first tier is the model's own where the request names none.
  const resolution = shape.longSide === null ? tiers?.[0] : nearestTier(shape.longSide, tiers ?? []);
  return [
    { type: 'output', metric: 'image', quantity: request.n, ...(resolution ? { properties: { resolution } } : {}) },
  ];
}

function dearest(tokens: Record<string, Record<string, number>>): number {
  return Math.max(...Object.values(tokens).flatMap((bySize) => Object.values(bySize)));
}
