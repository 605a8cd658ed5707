import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import { refuseDryRunField } from './admission.guard.js';
import { asText } from './json-body.js';

/** The name of a form's part, which a client may omit despite the parser's type. Errors: `INVALID_REQUEST`. */
export function partNameOf({ fieldname }: { fieldname: string | undefined }): Result<string> {
  if (fieldname === undefined) return fail(apiError('INVALID_REQUEST', 'A part of the form has no name'));
  const name = asText(fieldname);
  const allowed = refuseDryRunField(name);
  return allowed.ok ? succeed(name) : allowed;
}

/** Adds a form field to a body. A repeated field, or one that ends in `[]`, becomes a list. */
export function addFormField(body: Record<string, unknown>, name: string, value: unknown): void {
  const listName = name.endsWith('[]') ? name.slice(0, -2) : null;
  const key = listName ?? name;
  if (key === '__proto__') return;
  const before = Object.hasOwn(body, key) ? body[key] : undefined;
  if (Array.isArray(before)) before.push(value);
  else if (before !== undefined) body[key] = [before, value];
  else body[key] = listName === null ? value : [value];
}

/** Converts a form value that reads as a JSON number or boolean. */
export function scalarOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(text) ? Number(text) : text;
}
