import type { z } from 'zod';
import { namesIn, parameterTableSchema, type ParameterTable } from './parameter-table.js';
import type { Problem } from './problem.js';
import { readImageTier, readPixels, readRatio } from './shape.js';

/** What a table is part of. */
interface TableOf {
  parameters: Record<string, unknown>;
  price: readonly { metric: string }[];
  /** Those that the offering is for. */
  modes: readonly string[];
  /** Pictures that the model takes. */
  most: number;
}

/** What is wrong with an offering's table, and where in it; nothing for a good one. */
export function problemsOfTable({ parameters, price, modes, most }: TableOf): Problem[] {
  const parsed = parameterTableSchema.safeParse(parameters);
  if (!parsed.success) return parsed.error.issues.map(deepest);
  const table = parsed.data;
  const { billed_by, image, scale_factor, max_inputs: taken = 1 } = table;
  const problems: Problem[] = [];
  if (billed_by !== undefined && !price.some(({ metric }) => metric === billed_by)) {
    problems.push({ message: `no price line is for '${billed_by}'`, path: ['billed_by'] });
  }
  const onPictures = modes.find((mode) => mode === 'image-edit' || mode === 'upscale');
  if (onPictures !== undefined && image === undefined) {
    problems.push({ message: `an offering for '${onPictures}' needs a line for 'image'`, path: [] });
  }
  if (image?.send === 'one' && taken > 1) {
    problems.push({ message: 'the line for image sends one picture', path: ['max_inputs'] });
  }
  if (onPictures !== undefined && taken > most) {
    problems.push({ message: `the model takes ${most} pictures`, path: ['max_inputs'] });
  }
  if (modes.includes('upscale') && scale_factor === undefined) {
    const message = "an offering for 'upscale' needs a line for 'scale_factor' ('emulated' where it is fixed)";
    problems.push({ message, path: [] });
  }
  return [...problems, ...problemsOfCount(table), ...problemsOfNames(table)];
}

/** A call makes several images only where it is told how many. */
function problemsOfCount({ n, max_n }: ParameterTable): Problem[] {
  if (max_n === undefined || max_n === 1) return [];
  if (n === undefined || n === 'emulated') return [{ message: "needs a line for 'n'", path: ['max_n'] }];
  const most = typeof n === 'object' ? (n.max ?? max_n) : max_n;
  return most < max_n ? [{ message: `the line for n sends ${most} at most`, path: ['max_n'] }] : [];
}

/** What the nearest is taken of has to be readable: a name that is not would never be chosen. */
function problemsOfNames({ size, aspect_ratio, resolution }: ParameterTable): Problem[] {
  const unreadable = (field: string, rule: unknown, read: (name: string) => unknown, expected: string): Problem[] => {
    if (typeof rule !== 'object' || rule === null || !('nearest' in rule)) return [];
    const names = namesIn(rule.nearest as Parameters<typeof namesIn>[0]);
    const bad = names.find((name) => read(name) === null);
    return bad === undefined ? [] : [{ message: `'${bad}' is no ${expected}`, path: [field, 'nearest'] }];
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
    problems.push({ message: 'sides can be sent of WIDTHxHEIGHT only', path: ['size', 'pixels'] });
  }
  return problems;
}

/** Of the ways in which a value fits none of several forms, the one that got furthest says most. */
function deepest(issue: z.core.$ZodIssue): Problem {
  if (issue.code !== 'invalid_union') return { message: issue.message, path: issue.path };
  const [best] = issue.errors
    .flatMap((issues) => issues.slice(0, 1).map(deepest))
    .sort((a, b) => b.path.length - a.path.length);
  if (best === undefined) return { message: issue.message, path: issue.path };
  return { message: best.message, path: [...issue.path, ...best.path] };
}
