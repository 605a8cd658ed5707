import type { ModelEntry } from './model-entry.js';
import { mostInputsOf } from './image-mode.js';
import { problemsOfImage, problemsOfPrice } from './price-rules.js';
import { repeatsIn, type Problem } from './problem.js';
import { problemsOfTable } from './table-rules.js';

const MODES: Readonly<Record<ModelEntry['modality'], readonly string[]>> = {
  text: ['chat'],
  image: ['text-to-image', 'image-edit', 'upscale'],
  video: ['text-to-video', 'image-to-video', 'video-to-video'],
};

/** What is wrong with an entry whose every field is right by itself; the first is told. */
export function problemsOfModel(entry: ModelEntry): Problem[] {
  return [
    ...problemsOfNames(entry),
    ...problemsOfModes(entry),
    ...problemsOfParameters(entry),
    ...(entry.modality === 'image' ? problemsOfImage(entry) : []),
    ...entry.offerings.flatMap((_, index) => problemsOfOffering(entry, index)),
  ];
}

function problemsOfNames({ id, name, aliases, alternative_names, tags, capabilities = [] }: ModelEntry): Problem[] {
  const names = [id, ...aliases, ...alternative_names];
  const again = repeatsIn(names).map((at): Problem => {
    const place = at > aliases.length ? ['alternative_names', at - 1 - aliases.length] : ['aliases', at - 1];
    return { path: place, message: `'${names[at] ?? ''}' is a name of the model already` };
  });
  const called = alternative_names.indexOf(name);
  if (called >= 0) again.push({ path: ['alternative_names', called], message: `'${name}' is its name already` });
  const words = Object.entries({ tags, capabilities }).flatMap(([field, list]) =>
    repeatsIn(list).map((at): Problem => ({ path: [field, at], message: 'is there already' })),
  );
  return [...again, ...words];
}

function problemsOfModes({ modality, modes, offerings }: ModelEntry): Problem[] {
  const problems: Problem[] = repeatsIn(modes).map((at) => ({ path: ['modes', at], message: 'is there already' }));
  modes.forEach((mode, at) => {
    if (!MODES[modality].includes(mode)) {
      problems.push({ path: ['modes', at], message: `${withArticle(modality)} model has no mode '${mode}'` });
    } else if (!offerings.some((offering) => offering.modes?.includes(mode) ?? true)) {
      problems.push({ path: ['modes', at], message: `no offering is for '${mode}'` });
    }
  });
  offerings.forEach((offering, index) => {
    const at = offering.modes?.findIndex((mode) => !modes.includes(mode)) ?? -1;
    if (at < 0) return;
    const message = `the model has no mode '${offering.modes?.[at] ?? ''}'`;
    problems.push({ path: ['offerings', index, 'modes', at], message });
  });
  return problems;
}

const withArticle = (modality: string): string => (modality === 'image' ? 'an image' : `a ${modality}`);

function problemsOfParameters({ parameters, modes, offerings }: ModelEntry): Problem[] {
  return Object.entries(parameters).flatMap(([name, parameter]): Problem[] => {
    const mode = parameter.modes?.find((one) => !modes.includes(one));
    const provider = parameter.providers?.find((one) => !offerings.some((offering) => offering.provider === one));
    const message = mode ? `the model has no mode '${mode}'` : provider && `the model has no offering of '${provider}'`;
    return message ? [{ path: ['parameters', name], message }] : [];
  });
}

function problemsOfOffering(entry: ModelEntry, index: number): Problem[] {
  const offering = entry.offerings[index];
  if (!offering) return [];
  const { price } = offering;
  const at = (problems: Problem[], ...place: PropertyKey[]): Problem[] =>
    problems.map(({ message, path }) => ({ message, path: ['offerings', index, ...place, ...path] }));
  const inPrice = at(problemsOfPrice(entry, price), 'price');
  if (entry.modality !== 'image') return inPrice;
  const modes = offering.modes ?? entry.modes;
  const most = mostInputsOf(entry, modes.includes('image-edit') ? 'image-edit' : 'upscale');
  return [...at(problemsOfTable({ ...offering, modes, most }), 'parameters'), ...inPrice];
}
