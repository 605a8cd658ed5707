import type { z } from 'zod';
import { apiError, type ApiError } from './error-codes.js';

type Issue = z.core.$ZodIssue;

/**
 * Reports the first problem of an input, with its path: `messages[0].role: Invalid option: expected one of ...`;
 * `param` holds the path alone.
 */
export function validationError(error: z.ZodError): ApiError {
  const issue = error.issues[0];
  if (issue === undefined) return apiError('INVALID_REQUEST', 'The request is invalid');
  const { path, message } = deepest(issue, []);
  const param = pathText(path);
  return apiError('INVALID_REQUEST', param === '' ? message : `${param}: ${message}`, {
    param: param === '' ? null : param,
  });
}

/** `["messages", 0, "role"]` reads `messages[0].role`. Bounded: parts of a path may come from the client. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('')
    .slice(0, 200);
}

interface Finding {
  path: PropertyKey[];
  message: string;
}

/**
 * A union's own issue is not specific: reports the branch that got furthest into the value, which the client probably
 * meant.
 */
function deepest(issue: Issue, base: readonly PropertyKey[]): Finding {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union') {
    const findings = issue.errors.flatMap((branch) => branch.slice(0, 1).map((inner) => deepest(inner, path)));
    const furthest = findings.reduce<Finding | null>(
      (best, one) => (one.path.length > (best?.path.length ?? 0) ? one : best),
      null,
    );
    if (furthest !== null && furthest.path.length > path.length) return furthest;
    const kinds = issue.errors.flatMap((branch) =>
      branch.flatMap((inner) => (inner.code === 'invalid_type' ? [inner.expected] : [])),
    );
    const specific = findings.find((_, index) => issue.errors[index]?.[0]?.code !== 'invalid_type');
    if (specific !== undefined) return specific;
    if (kinds.length > 0) return { path, message: `Invalid input: expected ${[...new Set(kinds)].join(' or ')}` };
  }
  return { path, message: messageOf(issue) };
}

function messageOf(issue: Issue): string {
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return missing ? `Required field is missing: expected ${issue.expected}` : issue.message;
}
