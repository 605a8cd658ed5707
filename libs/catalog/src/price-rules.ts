import type { Modality, ProviderSlug, Quantity } from '@lumenfall/contracts';
import { videoLines } from './as-measured.js';
import type { ModelEntry, PriceLineEntry } from './model-entry.js';
import { readPixels } from './shape.js';
import type { Problem } from './table-rules.js';

/**
 * The usage that the adapter of a provider can report for a modality, beside the units that are counted or measured
 * here.
 */
export type ReportedUsage = (
  provider: ProviderSlug,
  modality: Modality,
) => readonly Pick<Quantity, 'type' | 'metric' | 'of'>[];

/**
 * Mistakes in the price of one offering; paths start at the list of its lines.
 *
 * @param reported refuses lines that could never be charged; null skips that check
 */
export function problemsOfPrice(
  entry: Priced,
  provider: ProviderSlug,
  price: readonly Line[],
  reported: ReportedUsage | null,
): Problem[] {
  return [
    ...freeByMistake(entry, price),
    ...price.flatMap((line, index) => problemsOfLine(entry, price, line, index)),
    ...outputs(entry, price),
    ...(reported === null ? [] : problemsOfReach(entry.modality, price, reported(provider, entry.modality))),
  ];
}

type Line = PriceLineEntry;
type Priced = Pick<ModelEntry, 'modality' | 'free' | 'image' | 'video'>;

/** Units in which results are counted: a price line in any other unit would never be charged. */
const COUNTED: Readonly<Record<ModelEntry['modality'], readonly string[]>> = {
  text: ['token'],
  image: ['image', 'megapixel', 'token'],
  video: ['second', 'video'],
};

/** Usage that is known without the provider: estimated from the request, or measured on the result. */
const COUNTED_HERE: Readonly<Record<Modality, ReturnType<ReportedUsage>>> = {
  text: [
    { type: 'input', metric: 'token' },
    { type: 'output', metric: 'token' },
  ],
  image: [
    { type: 'input', metric: 'token', of: 'text' },
    { type: 'input', metric: 'token', of: 'image' },
    { type: 'input', metric: 'image' },
    { type: 'input', metric: 'megapixel' },
    { type: 'output', metric: 'token', of: 'image' },
    { type: 'output', metric: 'image' },
    { type: 'output', metric: 'megapixel' },
  ],
  video: [
    { type: 'output', metric: 'second' },
    { type: 'output', metric: 'video' },
  ],
};

/** A fee of a request, beside what it uses. */
const FEE: ReturnType<ReportedUsage>[number] = { type: 'input', metric: 'request' };

function problemsOfReach(modality: Modality, price: readonly Line[], reported: ReturnType<ReportedUsage>): Problem[] {
  const known = [FEE, ...COUNTED_HERE[modality], ...reported];
  const isCharged = ({ type, metric, of }: Line): boolean =>
    known.some((one) => one.type === type && one.metric === metric && (of === undefined || of === (one.of ?? 'text')));
  return price.flatMap((line, index) => {
    if (isCharged(line)) return [];
    const unit = `${line.type} ${line.of === undefined ? '' : `${line.of} `}${line.metric}s`;
    return [{ path: [index], message: `is never charged: the adapter of this provider does not report ${unit}` }];
  });
}

function freeByMistake({ free }: Priced, price: readonly Line[]): Problem[] {
  const costs = price.findIndex((line) => /[1-9]/.test(line.unit_price));
  if (free && costs >= 0)
    return [{ path: [costs, 'unit_price'], message: "a model with 'free: true' must have a price of 0" }];
  if (!free && costs < 0) return [{ path: [], message: "a price of 0 needs 'free: true'" }];
  return [];
}

function problemsOfLine(entry: Priced, price: readonly Line[], line: Line, index: number): Problem[] {
  const problems: Problem[] = [];
  if (price.slice(0, index).some((earlier) => fitsAll(earlier, line))) {
    problems.push({ path: [index], message: 'is never used: an earlier line matches everything that it matches' });
  }
  const conditions = [line.when && "'when'", line.above !== undefined && "'above'"].filter((name) => Boolean(name));
  const rest = { ...line, when: {}, above: undefined };
  if (conditions.length > 0 && !price.some((other) => isUnconditional(other) && fitsAll(other, rest))) {
    problems.push({
      path: [index],
      message: `needs a later line without ${conditions.join(' and ')} for everything that it does not match`,
    });
  }
  if (line.above !== undefined && (entry.modality !== 'text' || line.metric !== 'token')) {
    problems.push({ path: [index, 'above'], message: 'applies to the tokens of text models only' });
  }
  for (const [property, value] of Object.entries(line.when ?? {})) {
    const values = valuesOf(entry, property);
    if (!values?.includes(value)) {
      const known = values === null ? 'cannot select a price' : `must be one of ${values.join(', ')}`;
      problems.push({ path: [index, 'when', property], message: `'${property}' ${known}` });
    }
  }
  return problems;
}

const isUnconditional = ({ when, above }: Line): boolean => when === undefined && above === undefined;

/** Whether `line` matches everything that `other` matches. */
function fitsAll(line: Line, other: Line): boolean {
  return (
    line.type === other.type &&
    line.metric === other.metric &&
    (line.of === undefined || line.of === other.of) &&
    (line.above === undefined || (other.above !== undefined && other.above >= line.above)) &&
    Object.entries(line.when ?? {}).every(([property, value]) => other.when?.[property] === value)
  );
}

/** Values of a property that can select a price line; null for an unknown property. */
function valuesOf({ modality, image, video }: Priced, property: string): readonly string[] | null {
  if (modality === 'image') {
    const { sizes, tiers, quality } = image ?? {};
    if (property === 'size') return sizes ?? [];
    if (property === 'resolution') return tiers ?? [];
    if (property === 'quality' && quality) return [quality.default, ...Object.values(quality.names)];
  }
  if (modality === 'video') {
    const { sizes = [], resolutions = [], audio } = video ?? {};
    if (property === 'size') return sizes;
    if (property === 'resolution') return [...resolutions, ...sizes.flatMap(linesOf)];
    if (property === 'audio' && audio) return ['on', 'off'];
  }
  return null;
}

function linesOf(size: string): string[] {
  const pixels = readPixels(size);
  return pixels === null ? [] : [videoLines(pixels)];
}

/** Kinds of tokens without a line of their own count as text. */
const pricesInput = ({ type, metric, of }: Line): boolean =>
  type === 'input' && metric === 'token' && (of === undefined || of === 'text');

function outputs({ modality, image }: Priced, price: readonly Line[]): Problem[] {
  const metrics = price.flatMap(({ type, metric }, index) => (type === 'output' ? [{ metric, index }] : []));
  const known = COUNTED[modality];
  const [first] = metrics;
  if (!first) return [{ path: [], message: `needs a line of the type 'output', per ${known.join(', ')}` }];
  const strange = metrics.find(({ metric }) => !known.includes(metric));
  if (strange) {
    return [
      { path: [strange.index, 'metric'], message: `the output of this modality is priced per ${known.join(', ')}` },
    ];
  }
  const other = metrics.find(({ metric }) => metric !== first.metric);
  if (other) return [{ path: [other.index, 'metric'], message: `the output is already priced per '${first.metric}'` }];
  if (modality === 'text' && !price.some(pricesInput)) {
    return [{ path: [], message: "needs a line of the type 'input', per token" }];
  }
  if (modality === 'image' && first.metric === 'token' && image?.output_tokens === undefined) {
    return [{ path: [first.index], message: "needs 'image.output_tokens': the tokens of an image" }];
  }
  return [];
}
