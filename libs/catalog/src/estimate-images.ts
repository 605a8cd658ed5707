import type { ImageRequest, Quantity } from '@lumenfall/contracts';
import { countTokens } from './count-tokens.js';
import type { ModelEntry, OfferingEntry } from './model-entry.js';
import { megapixelsOf, plannedPixels, type Pixels } from './planned-pixels.js';
import { nearestSize, nearestTier, readPixels, readShape } from './shape.js';

/** Tokens of an input image if the entry states none: about one of 1024 x 1024. */
const USUAL_INPUT_TOKENS = 1_300;

/**
 * The expected usage at each offering, in the units of its price: tokens, megapixels or images. The run charges the
 * same quantities if the provider reports none.
 */
export async function estimateImages(
  entry: ModelEntry,
  request: ImageRequest,
): Promise<(offering: OfferingEntry) => Quantity[]> {
  // Counted once, and only if an offering prices tokens.
  const byToken = entry.offerings.some((offering) => has(offering, 'input', 'token'));
  const promptTokens = byToken ? await countTokens(request.prompt) : 0;
  return (offering) => [...inputsOf(entry, offering, request, promptTokens), outputOf(entry, offering, request)];
}

function outputOf(entry: ModelEntry, offering: OfferingEntry, request: ImageRequest): Quantity {
  const { n } = request;
  if (has(offering, 'output', 'token')) {
    return { type: 'output', metric: 'token', of: 'image', quantity: n * tokensOf(entry, offering, request) };
  }
  const properties = propertiesOf(entry, request);
  if (has(offering, 'output', 'megapixel')) {
    const quantity = n * megapixelsOf(plannedPixels(entry, offering, request));
    return { type: 'output', metric: 'megapixel', quantity, ...properties };
  }
  return { type: 'output', metric: 'image', quantity: n, ...properties };
}

function inputsOf(
  entry: ModelEntry,
  offering: OfferingEntry,
  { inputs, n }: ImageRequest,
  promptTokens: number,
): Quantity[] {
  const quantities: Quantity[] = [];
  if (has(offering, 'input', 'token')) {
    quantities.push({ type: 'input', metric: 'token', of: 'text', quantity: promptTokens });
    const tokens = inputs.length * (entry.image?.input_tokens ?? USUAL_INPUT_TOKENS);
    if (tokens > 0) quantities.push({ type: 'input', metric: 'token', of: 'image', quantity: tokens });
  }
  // Providers that price input images return one image per call, so the inputs are sent `n` times.
  if (inputs.length > 0 && has(offering, 'input', 'image')) {
    quantities.push({ type: 'input', metric: 'image', quantity: inputs.length * n });
  }
  if (inputs.length > 0 && has(offering, 'input', 'megapixel')) {
    const megapixels = inputs.reduce((sum, input) => sum + megapixelsOf(input), 0);
    quantities.push({ type: 'input', metric: 'megapixel', quantity: megapixels * n });
  }
  return quantities;
}

const has = ({ price }: OfferingEntry, type: string, metric: string): boolean =>
  price.some((line) => line.type === type && line.metric === metric);

/**
 * Tokens of one image by the model's table of qualities and sizes (or tiers); the most expensive quality if unknown.
 */
function tokensOf(entry: ModelEntry, offering: OfferingEntry, request: ImageRequest): number {
  const { output_tokens: table = {}, tiers = [] } = entry.image ?? {};
  const rows = Object.entries(table);
  const row = rows.find(([quality]) => rows.length === 1 || quality === request.quality);
  // An unknown quality is forwarded; the estimate takes the most expensive one.
  const fitting = (row ? [row] : rows).map(([, columns]) => columns);
  const { longSide } = readShape(request);
  const tier = longSide === null ? tiers[0] : nearestTier(longSide, tiers);
  const planned = plannedPixels(entry, offering, request);
  const counts = fitting.map(
    (columns) => columns[tier ?? ''] ?? columns[nearestInArea(planned, Object.keys(columns)) ?? ''] ?? dearest(columns),
  );
  return Math.max(0, ...counts);
}

const dearest = (columns: Record<string, number>): number => Math.max(0, ...Object.values(columns));

/** The size itself, else the nearest in area: the table lists only some sizes of a model that supports any. */
function nearestInArea({ width, height }: Pixels, names: readonly string[]): string | null {
  const exact = `${width}x${height}`;
  if (names.includes(exact)) return exact;
  const distances = names.flatMap((name) => {
    const pixels = readPixels(name);
    return pixels === null
      ? []
      : [{ name, distance: Math.abs(Math.log((pixels.width * pixels.height) / (width * height))) }];
  });
  return distances.sort((a, b) => a.distance - b.distance)[0]?.name ?? null;
}

/** Properties that select the price line of an image. */
function propertiesOf({ image }: ModelEntry, request: ImageRequest): { properties?: Record<string, string> } {
  const { sizes, tiers } = image ?? {};
  const shape = readShape(request);
  // The first tier is the model's default.
  const resolution = shape.longSide === null ? tiers?.[0] : nearestTier(shape.longSide, tiers ?? []);
  const size = sizes && request.mode !== 'upscale' ? nearestSize(shape, sizes) : null;
  const properties = {
    ...(resolution ? { resolution } : {}),
    ...(size ? { size } : {}),
    ...(request.quality && image?.quality ? { quality: request.quality } : {}),
  };
  return Object.keys(properties).length === 0 ? {} : { properties };
}
