import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';

/** Deeper than any real request, and shallow enough for recursive code that reads the body later. */
export const MAX_DEPTH = 128;

/** Per object. Parsing more takes seconds, during which the process serves no other request. */
export const MAX_FIELDS = 10_000;

/**
 * Escapes in JSON text of a null character or a surrogate: the only forms of characters that PostgreSQL cannot store.
 */
const DOUBTFUL_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/;

/**
 * Parses a JSON body. Null characters and lone surrogates become U+FFFD, because PostgreSQL cannot store them; keys
 * that would reach an object's prototype are refused. Errors: `INVALID_REQUEST`.
 */
export function parseJsonBody(bytes: Buffer): Result<unknown> {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (text.trim() === '') return invalid('The request body is empty: expected a JSON object');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return invalid(`The request body is not valid JSON${positionIn(error)}`);
  }
  return settle(value, DOUBTFUL_ESCAPE.test(text));
}

/** The position at which the parser stopped, without the excerpt of the body that its message may contain. */
function positionIn(error: unknown): string {
  const position =
    error instanceof Error ? /at position \d+(?: \(line \d+ column \d+\))?/.exec(error.message)?.[0] : undefined;
  return position === undefined ? '' : `: unexpected content ${position}`;
}

interface Visit {
  container: Record<string, unknown> | unknown[];
  depth: number;
}

/** Iterative, because the client chooses the depth of the value. */
function settle(root: unknown, clean: boolean): Result<unknown> {
  if (typeof root === 'string') return succeed(clean ? asText(root) : root);
  const pending: Visit[] = isContainer(root) ? [{ container: root, depth: 1 }] : [];
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const { container, depth } = visit;
    if (depth > MAX_DEPTH) return invalid(`The request body is nested deeper than ${MAX_DEPTH} levels`);
    const problem = Array.isArray(container)
      ? settleList(container, clean, depth, pending)
      : settleObject(container, clean, depth, pending);
    if (problem !== null) return invalid(problem);
  }
  return succeed(root);
}

function settleList(list: unknown[], clean: boolean, depth: number, pending: Visit[]): null {
  for (let index = 0; index < list.length; index += 1) {
    const value = list[index];
    if (isContainer(value)) pending.push({ container: value, depth: depth + 1 });
    else if (clean && typeof value === 'string') list[index] = asText(value);
  }
  return null;
}

function settleObject(object: Record<string, unknown>, clean: boolean, depth: number, pending: Visit[]): string | null {
  const keys = Object.keys(object);
  if (keys.length > MAX_FIELDS) return `The request body has an object of more than ${MAX_FIELDS} fields`;
  for (const key of keys) {
    if (key === '__proto__') return 'The request body has a field named "__proto__", which is not allowed';
    const value = object[key];
    if (key === 'length' && !isComparable(value))
      return 'The request body has a field "length" that is neither a number nor a text';
    if (isContainer(value)) pending.push({ container: value, depth: depth + 1 });
    if (!clean) continue;
    const cleanKey = asText(key);
    const cleanValue = typeof value === 'string' ? asText(value) : value;
    if (cleanKey !== key) delete object[key];
    if (cleanKey !== key || cleanValue !== value) object[cleanKey] = cleanValue;
  }
  return null;
}

/**
 * False for `{"toString": 1}`. Schemas compare the `length` of any value, also of objects; with such a length the
 * comparison itself throws.
 */
function isComparable(value: unknown): boolean {
  try {
    void Number(value);
    return true;
  } catch {
    return false;
  }
}

function isContainer(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === 'object' && value !== null;
}

/** Replaces null characters and lone surrogates, which PostgreSQL and some providers refuse. */
export function asText(value: string): string {
  return value.replace(/[\u0000\p{Surrogate}]/gu, '\uFFFD');
}

function invalid(message: string): Result<never> {
  return fail(apiError('INVALID_REQUEST', message));
}
