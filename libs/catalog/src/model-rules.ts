import { mostInputsOf } from './image-request.js';
import type { ModelEntry } from './model-entry.js';
import { problemsOfPrice, type ReportedUsage } from './price-rules.js';
import { duplicatesIn, type Problem, problemsOfTable } from './table-rules.js';

const MODES: Readonly<Record<ModelEntry['modality'], readonly string[]>> = {
  text: ['chat'],
  image: ['text-to-image', 'image-edit', 'upscale'],
  video: ['text-to-video', 'image-to-video', 'video-to-video'],
};

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
  const inPrice = at(problemsOfPrice(entry, offering.provider, price, reported), 'price');
  if (entry.modality !== 'image') return inPrice;
  const modes = offering.modes ?? entry.modes;
  const most = mostInputsOf(entry, modes.includes('image-edit') ? 'image-edit' : 'upscale');
  return [...at(problemsOfTable({ ...offering, modes, most }), 'parameters'), ...inPrice];
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
