import type { ModelEntry, OfferingEntry } from './model-entry.js';
import { repeatsIn, type Problem } from './problem.js';

type Line = OfferingEntry['price'][number];
type Priced = Pick<ModelEntry, 'modality' | 'free' | 'image' | 'video'>;

/** In what a model's results are counted beforehand: a price in anything else would never be charged. */
const COUNTED: Readonly<Record<ModelEntry['modality'], readonly string[]>> = {
  text: ['token'],
  image: ['image', 'megapixel', 'token'],
  video: ['second'],
};

/** What is wrong with the price of one offering; paths begin at the list of its lines. */
export function problemsOfPrice(entry: Priced, price: readonly Line[]): Problem[] {
  return [
    ...freeByMistake(entry, price),
    ...price.flatMap((line, index) => problemsOfLine(entry, price, line, index)),
    ...outputs(entry, price),
  ];
}

function freeByMistake({ free }: Priced, price: readonly Line[]): Problem[] {
  const costs = price.findIndex((line) => /[1-9]/.test(line.unit_price));
  if (free && costs >= 0) return [{ path: [costs, 'unit_price'], message: "a model that is 'free' costs nothing" }];
  if (!free && costs < 0) return [{ path: [], message: "costs nothing, which has to be meant: say 'free: true'" }];
  return [];
}

function problemsOfLine(entry: Priced, price: readonly Line[], line: Line, index: number): Problem[] {
  const problems: Problem[] = [];
  if (price.slice(0, index).some((earlier) => fitsAll(earlier, line))) {
    problems.push({ path: [index], message: 'is never reached: a line before it fits whatever this one fits' });
  }
  if (line.when && !price.some((other) => !other.when && fitsAll(other, { ...line, when: {} }))) {
    problems.push({ path: [index], message: "needs a line without 'when' behind it, for what this one does not fit" });
  }
  for (const [property, value] of Object.entries(line.when ?? {})) {
    const values = valuesOf(entry, property);
    if (!values?.includes(value)) {
      const known = values === null ? 'is nothing that chooses a price' : `is one of ${values.join(', ')}`;
      problems.push({ path: [index, 'when', property], message: `expected what there is: '${property}' ${known}` });
    }
  }
  return problems;
}

/** Whether `line` fits everything that `other` fits. */
function fitsAll(line: Line, other: Line): boolean {
  return (
    line.type === other.type &&
    line.metric === other.metric &&
    (line.of === undefined || line.of === other.of) &&
    Object.entries(line.when ?? {}).every(([property, value]) => other.when?.[property] === value)
  );
}

/** The values by which a price line may be chosen; null for a property that no request has. */
function valuesOf({ modality, image, video }: Priced, property: string): readonly string[] | null {
  if (modality === 'image') {
    const { sizes, tiers, quality } = image ?? {};
    if (property === 'size') return sizes ?? [];
    if (property === 'resolution') return tiers ?? [];
    if (property === 'quality' && quality) return [quality.default, ...Object.values(quality.names)];
  }
  return modality === 'video' && property === 'size' ? (video?.sizes ?? []) : null;
}

function outputs({ modality, image }: Priced, price: readonly Line[]): Problem[] {
  const metrics = price.flatMap(({ type, metric }, index) => (type === 'output' ? [{ metric, index }] : []));
  const known = COUNTED[modality];
  const [first] = metrics;
  if (!first) return [{ path: [], message: `needs a line of the type 'output', by ${known.join(', ')}` }];
  const strange = metrics.find(({ metric }) => !known.includes(metric));
  if (strange) {
    return [{ path: [strange.index, 'metric'], message: `what such a model makes is counted by ${known.join(', ')}` }];
  }
  const other = metrics.find(({ metric }) => metric !== first.metric);
  if (other) return [{ path: [other.index, 'metric'], message: `the output is counted by '${first.metric}' already` }];
  if (modality === 'image' && first.metric === 'token' && image?.output_tokens === undefined) {
    return [{ path: [first.index], message: "needs 'image.output_tokens': what a picture counts for" }];
  }
  return [];
}

/** Of the block that says what an image model makes. */
export function problemsOfImage({ modes, image }: Pick<ModelEntry, 'modes' | 'image'>): Problem[] {
  if (!image) return [];
  const { sizes = [], tiers = [], quality, output_tokens: counted, upscale, input_images } = image;
  const problems: Problem[] = [
    ...repeatsIn(sizes).map((index) => ({ path: ['sizes', index], message: 'is there already' })),
    ...repeatsIn(tiers).map((index) => ({ path: ['tiers', index], message: 'is there already' })),
  ];
  for (const [name, columns] of Object.entries(counted ?? {})) {
    const missing = [...sizes, ...tiers].find((size) => columns[size] === undefined);
    if (missing) problems.push({ path: ['output_tokens', name], message: `says nothing of '${missing}'` });
  }
  if (counted && quality && Object.keys(counted).length > 1) {
    const unknown = [quality.default, ...Object.values(quality.names)].find((name) => counted[name] === undefined);
    if (unknown) problems.push({ path: ['output_tokens'], message: `says nothing of the quality '${unknown}'` });
  }
  const upscales = modes.includes('upscale');
  if (upscales && !upscale)
    problems.push({ path: [], message: "a model that upscales needs 'upscale' with a 'default'" });
  if (!upscales && upscale) problems.push({ path: ['upscale'], message: "the model has no mode 'upscale'" });
  if (upscale?.factors && !upscale.factors.includes(upscale.default)) {
    problems.push({ path: ['upscale', 'default'], message: 'expected one of the factors' });
  }
  if (input_images !== undefined && !modes.includes('image-edit')) {
    problems.push({ path: ['input_images'], message: "the model has no mode 'image-edit'" });
  }
  return problems.map((problem) => ({ ...problem, path: ['image', ...problem.path] }));
}
