import { apiError, fail, IMAGE_FIELDS, succeed, type ImageField, type Result } from '@lumenfall/contracts';
import { badReference } from '../uploads/image-problems.js';
import { readReference, type ImageSource } from '../uploads/image-source.js';
import type { EditSources } from './settle-images.js';

/** The body of an edit: its plain fields, and where its images are. */
export interface ReadEdit {
  fields: Record<string, unknown>;
  sources: EditSources;
}

/**
 * Reads an edit in JSON. An image is a string (address, data URI, base64) or an object with `image_url`, a string or an
 * object with `url`. Every field takes one image or a list. Errors: `INVALID_REQUEST`, naming the field.
 */
export function readEditJson(body: unknown): Result<ReadEdit> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return fail(apiError('INVALID_REQUEST', 'The request body is not a JSON object'));
  }
  const fields: Record<string, unknown> = { ...body };
  const sources: EditSources = { inputs: [], mask: null };
  for (const name of IMAGE_FIELDS) {
    const found = readField(name, fields[name]);
    if (!found.ok) return found;
    delete fields[name];
    if (name !== 'mask') sources.inputs.push(...found.value);
    else if (found.value.length > 1)
      return fail(apiError('INVALID_REQUEST', 'mask: expected one image', { param: 'mask' }));
    else sources.mask = found.value[0] ?? null;
  }
  return succeed({ fields, sources });
}

function readField(name: ImageField, value: unknown): Result<ImageSource[]> {
  if (value === undefined || value === null) return succeed([]);
  const isList = Array.isArray(value);
  const images: ImageSource[] = [];
  for (const [index, entry] of (isList ? (value as unknown[]) : [value]).entries()) {
    const found = readEntry(isList ? `${name}[${index}]` : name, entry);
    if (!found.ok) return found;
    images.push(found.value);
  }
  return succeed(images);
}

function readEntry(field: string, entry: unknown): Result<ImageSource> {
  if (typeof entry === 'string') return entry === '' ? fail(badReference(field)) : readReference(field, entry);
  if (typeof entry !== 'object' || entry === null) return fail(badReference(field));
  const named = Reflect.get(entry, 'image_url') as unknown;
  if (typeof named === 'string') return readReference(`${field}.image_url`, named);
  const url = Reflect.get(typeof named === 'object' && named !== null ? named : entry, 'url') as unknown;
  if (typeof url === 'string') return readReference(field, url);
  if ('file_id' in entry) {
    const message = `${field}: file ids are not supported: send the image as a data URI, or its address in image_url`;
    return fail(apiError('INVALID_REQUEST', message, { param: field }));
  }
  return fail(badReference(field));
}
