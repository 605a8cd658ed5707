import { mostInputsOf } from './image-request.js';
import type { Modality, ProviderSlug, Quantity } from '@lumenfall/contracts';
import type { ModelEntry, OfferingEntry } from './model-entry.js';
import { duplicatesIn, type Problem, problemsOfTable } from './table-rules.js';

const MODES: Readonly<Record<ModelEntry['modality'], readonly string[]>> = {
  text: ['chat'],
  image: ['text-to-image', 'image-edit', 'upscale'],
  video: ['text-to-video', 'image-to-video', 'video-to-video'],
};

/**
 * The usage that the adapter of a provider can report for a modality, beside the units that are counted or measured
 * here.
 */
export type ReportedUsage = (
  provider: ProviderSlug,
  modality: Modality,
) => readonly Pick<Quantity, 'type' | 'metric' | 'of'>[];

/**
 * Mistakes across fields of an entry whose fields are valid on their own; the first is reported.
 *
 * @param reported refuses price lines that could never be charged; null skips that check
 */
export function problemsOfModel(entry: ModelEntry, reported: ReportedUsage | null): Problem[] {
  return [
    ...problemsOfNames(entry),
    ...problemsOfModes(entry),
    ...problemsOfParameters(entry),
    ...(entry.modality === 'image' ? problemsOfImage(entry) : []),
    ...entry.offerings.flatMap((_, index) => problemsOfOffering(entry, index, reported)),
  ];
}

function problemsOfNames({ id, name, aliases, alternative_names, tags, capabilities = [] }: ModelEntry): Problem[] {
  const names = [id, ...aliases, ...alternative_names];
  const again = duplicatesIn(names).map((at): Problem => {
    const place = at > aliases.length ? ['alternative_names', at - 1 - aliases.length] : ['aliases', at - 1];
    return { path: place, message: `'${names[at] ?? ''}' is already a name of the model` };
  });
  const called = alternative_names.indexOf(name);
  if (called >= 0) again.push({ path: ['alternative_names', called], message: `'${name}' is already its name` });
  const words = Object.entries({ tags, capabilities }).flatMap(([field, list]) =>
    duplicatesIn(list).map((at): Problem => ({ path: [field, at], message: 'is a duplicate' })),
  );
  return [...again, ...words];
}

function problemsOfModes({ modality, modes, offerings }: ModelEntry): Problem[] {
  const problems: Problem[] = duplicatesIn(modes).map((at) => ({ path: ['modes', at], message: 'is a duplicate' }));
  modes.forEach((mode, at) => {
    if (!MODES[modality].includes(mode)) {
      problems.push({
        path: ['modes', at],
        message: `${withArticle(modality)} model does not support the mode '${mode}'`,
      });
    } else if (!offerings.some((offering) => offering.modes?.includes(mode) ?? true)) {
      problems.push({ path: ['modes', at], message: `no offering serves the mode '${mode}'` });
    }
  });
  offerings.forEach((offering, index) => {
    const at = offering.modes?.findIndex((mode) => !modes.includes(mode)) ?? -1;
    if (at < 0) return;
    const message = `the model does not support the mode '${offering.modes?.[at] ?? ''}'`;
    problems.push({ path: ['offerings', index, 'modes', at], message });
  });
  return problems;
}

const withArticle = (modality: string): string => (modality === 'image' ? 'an image' : `a ${modality}`);

function problemsOfParameters({ parameters, modes, offerings }: ModelEntry): Problem[] {
  return Object.entries(parameters).flatMap(([name, parameter]): Problem[] => {
    const mode = parameter.modes?.find((one) => !modes.includes(one));
    const provider = parameter.providers?.find((one) => !offerings.some((offering) => offering.provider === one));
    const message = mode
      ? `the model does not support the mode '${mode}'`
      : provider && `the model has no offering at '${provider}'`;
    return message ? [{ path: ['parameters', name], message }] : [];
  });
}

function problemsOfOffering(entry: ModelEntry, index: number, reported: ReportedUsage | null): Problem[] {
  const offering = entry.offerings[index];
  if (!offering) return [];
  const { price } = offering;
  const at = (problems: Problem[], ...place: PropertyKey[]): Problem[] =>
    problems.map(({ message, path }) => ({ message, path: ['offerings', index, ...place, ...path] }));
  const usage = reported?.(offering.provider, entry.modality) ?? null;
  const neverCharged = usage === null ? [] : problemsOfReach(entry.modality, price, usage);
  const inPrice = at([...problemsOfPrice(entry, price), ...neverCharged], 'price');
  if (entry.modality !== 'image') return inPrice;
  const modes = offering.modes ?? entry.modes;
  const most = mostInputsOf(entry, modes.includes('image-edit') ? 'image-edit' : 'upscale');
  return [...at(problemsOfTable({ ...offering, modes, most }), 'parameters'), ...inPrice];
}

type Line = OfferingEntry['price'][number];
type Priced = Pick<ModelEntry, 'modality' | 'free' | 'image' | 'video'>;

/** Units in which results are counted: a price line in any other unit would never be charged. */
const COUNTED: Readonly<Record<ModelEntry['modality'], readonly string[]>> = {
  text: ['token'],
  image: ['image', 'megapixel', 'token'],
  video: ['second'],
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
  video: [{ type: 'output', metric: 'second' }],
};

function problemsOfReach(modality: Modality, price: readonly Line[], reported: ReturnType<ReportedUsage>): Problem[] {
  const known = [...COUNTED_HERE[modality], ...reported];
  const isCharged = ({ type, metric, of }: Line): boolean =>
    known.some((one) => one.type === type && one.metric === metric && (of === undefined || of === (one.of ?? 'text')));
  return price.flatMap((line, index) => {
    if (isCharged(line)) return [];
    const unit = `${line.type} ${line.of === undefined ? '' : `${line.of} `}${line.metric}s`;
    return [{ path: [index], message: `is never charged: the adapter of this provider does not report ${unit}` }];
  });
}

/** Mistakes in the price of one offering; paths start at the list of its lines. */
export function problemsOfPrice(entry: Priced, price: readonly Line[]): Problem[] {
  return [
    ...freeByMistake(entry, price),
    ...price.flatMap((line, index) => problemsOfLine(entry, price, line, index)),
    ...outputs(entry, price),
  ];
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
  if (line.when && !price.some((other) => !other.when && fitsAll(other, { ...line, when: {} }))) {
    problems.push({
      path: [index],
      message: "needs a later line without 'when' for everything that it does not match",
    });
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

/** Whether `line` matches everything that `other` matches. */
function fitsAll(line: Line, other: Line): boolean {
  return (
    line.type === other.type &&
    line.metric === other.metric &&
    (line.of === undefined || line.of === other.of) &&
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
  return modality === 'video' && property === 'size' ? (video?.sizes ?? []) : null;
}

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
  if (modality === 'image' && first.metric === 'token' && image?.output_tokens === undefined) {
    return [{ path: [first.index], message: "needs 'image.output_tokens': the tokens of an image" }];
  }
  return [];
}

/** Mistakes in the `image` block. */
export function problemsOfImage({ modes, image }: Pick<ModelEntry, 'modes' | 'image'>): Problem[] {
  if (!image) return [];
  const { sizes = [], tiers = [], quality, output_tokens: counted, upscale, input_images } = image;
  const problems: Problem[] = [
    ...duplicatesIn(sizes).map((index) => ({ path: ['sizes', index], message: 'is a duplicate' })),
    ...duplicatesIn(tiers).map((index) => ({ path: ['tiers', index], message: 'is a duplicate' })),
  ];
  for (const [name, columns] of Object.entries(counted ?? {})) {
    const missing = [...sizes, ...tiers].find((size) => columns[size] === undefined);
    if (missing) problems.push({ path: ['output_tokens', name], message: `has no value for '${missing}'` });
  }
  if (counted && quality && Object.keys(counted).length > 1) {
    const unknown = [quality.default, ...Object.values(quality.names)].find((name) => counted[name] === undefined);
    if (unknown) problems.push({ path: ['output_tokens'], message: `has no value for the quality '${unknown}'` });
  }
  const upscales = modes.includes('upscale');
  if (upscales && !upscale)
    problems.push({ path: [], message: "a model that upscales needs 'upscale' with a 'default'" });
  if (!upscales && upscale)
    problems.push({ path: ['upscale'], message: "the model does not support the mode 'upscale'" });
  if (upscale?.factors && !upscale.factors.includes(upscale.default)) {
    problems.push({ path: ['upscale', 'default'], message: 'expected one of the factors' });
  }
  if (input_images !== undefined && !modes.includes('image-edit')) {
    problems.push({ path: ['input_images'], message: "the model does not support the mode 'image-edit'" });
  }
  return problems.map((problem) => ({ ...problem, path: ['image', ...problem.path] }));
}
