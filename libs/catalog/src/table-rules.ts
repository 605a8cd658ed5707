import type { z } from 'zod';
import { namesIn, parameterTableSchema, type ParameterTable } from './parameter-table.js';
import { readImageTier, readPixels, readRatio } from './shape.js';

/** The offering that a table belongs to. */
interface TableOf {
  parameters: Record<string, unknown>;
  price: readonly { metric: string }[];
  /** The modes that the offering serves. */
  modes: readonly string[];
  /** Most input images that the model supports. */
  most: number;
}

/** Mistakes in an offering's parameter table, with their paths. */
export function problemsOfTable({ parameters, price, modes, most }: TableOf): Problem[] {
  const parsed = parameterTableSchema.safeParse(parameters);
  if (!parsed.success) return parsed.error.issues.map(deepest);
  const table = parsed.data;
  const { billed_by, image, scale_factor, max_inputs: taken = 1 } = table;
  const problems: Problem[] = [];
  if (billed_by !== undefined && !price.some(({ metric }) => metric === billed_by)) {
    problems.push({ message: `no price line has the metric '${billed_by}'`, path: ['billed_by'] });
  }
  const onImages = modes.find((mode) => mode === 'image-edit' || mode === 'upscale');
  if (onImages !== undefined && image === undefined) {
    problems.push({ message: `an offering for '${onImages}' needs a line for 'image'`, path: [] });
  }
  if (image?.send === 'one' && taken > 1) {
    problems.push({ message: 'the line for image sends one image', path: ['max_inputs'] });
  }
  if (onImages !== undefined && taken > most) {
    problems.push({ message: `the model supports ${most} input images`, path: ['max_inputs'] });
  }
  if (modes.includes('upscale') && scale_factor === undefined) {
    const message = "an offering for 'upscale' needs a line for 'scale_factor' ('emulated' if it is fixed)";
    problems.push({ message, path: [] });
  }
  return [...problems, ...problemsOfCount(table), ...problemsOfNames(table)];
}

/** A call returns several images only if `n` is sent. */
function problemsOfCount({ n, max_n }: ParameterTable): Problem[] {
  if (max_n === undefined || max_n === 1) return [];
  if (n === undefined || n === 'emulated') return [{ message: "needs a line for 'n'", path: ['max_n'] }];
  const most = typeof n === 'object' ? (n.max ?? max_n) : max_n;
  return most < max_n ? [{ message: `the line for n sends at most ${most}`, path: ['max_n'] }] : [];
}

/** Names to choose the nearest from must be readable: any other would never be chosen. */
function problemsOfNames({ size, aspect_ratio, resolution }: ParameterTable): Problem[] {
  const unreadable = (field: string, rule: unknown, read: (name: string) => unknown, expected: string): Problem[] => {
    if (typeof rule !== 'object' || rule === null || !('nearest' in rule)) return [];
    const names = namesIn(rule.nearest as Parameters<typeof namesIn>[0]);
    const bad = names.find((name) => read(name) === null);
    return bad === undefined ? [] : [{ message: `'${bad}' is not a ${expected}`, path: [field, 'nearest'] }];
  };
  const problems = [
    ...unreadable('size', size, (name) => readPixels(name) ?? readRatio(name), 'WIDTHxHEIGHT or W:H'),
    ...unreadable('aspect_ratio', aspect_ratio, readRatio, 'W:H'),
    ...unreadable('resolution', resolution, readImageTier, 'tier such as 1K'),
  ];
  if (typeof size !== 'object' || !('nearest' in size) || problems.length > 0) return problems;
  const names = namesIn(size.nearest);
  if (size.default !== undefined && !names.includes(size.default)) {
    problems.push({ message: 'expected one of the sizes', path: ['size', 'default'] });
  }
  const sent = Array.isArray(size.nearest) ? size.nearest : Object.values(size.nearest);
  if (size.pixels !== 'text' && sent.some((name) => readPixels(name) === null)) {
    problems.push({ message: 'sides need names of the form WIDTHxHEIGHT', path: ['size', 'pixels'] });
  }
  return problems;
}

/** Of the failed branches of a union, the one that got deepest into the value says most. */
function deepest(issue: z.core.$ZodIssue): Problem {
  if (issue.code !== 'invalid_union') return { message: issue.message, path: issue.path };
  const [best] = issue.errors
    .flatMap((issues) => issues.slice(0, 1).map(deepest))
    .sort((a, b) => b.path.length - a.path.length);
  if (best === undefined) return { message: issue.message, path: issue.path };
  return { message: best.message, path: [...issue.path, ...best.path] };
}

/** A mistake in a catalog file, and its path within the file. */
export interface Problem {
  message: string;
  path: PropertyKey[];
}

/** Indexes of items that repeat an earlier one. */
export function duplicatesIn(items: readonly unknown[]): number[] {
  return items.flatMap((item, index) => (items.indexOf(item) < index ? [index] : []));
}
