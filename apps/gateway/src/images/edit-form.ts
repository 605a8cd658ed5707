import type { Multipart } from '@fastify/multipart';
import { apiError, fail, succeed, type ApiError, type Result } from '@lumenfall/contracts';
import { toApiError } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import { addFormField, partNameOf, scalarOf } from '../admission/form-values.js';
import { asText } from '../admission/json-body.js';
import type { ReadEdit } from './edit-json.js';
import { notAPicture } from './input-problems.js';
import { readReference, type PictureSource } from './picture-source.js';
import { BrokenUpload, type Uploads } from './uploads.js';

const MB = 1024 * 1024;
/** More files than any model takes, so that too many of them are refused in words of ours. */
const FORM_LIMITS = { fileSize: Infinity, files: 24, fields: 200, parts: 220, fieldSize: 20 * MB, fieldNameSize: 200 };

const NUMBERS = new Set(['n', 'output_compression', 'scale_factor']);
const TEXTS = new Set([
  'model',
  'prompt',
  'size',
  'aspect_ratio',
  'resolution',
  'quality',
  'style',
  'response_format',
  'output_format',
  'user',
]);

/** `image`, `image[]`, `image[0]`, `images[][image_url]` and so on; the mask is told by its group. */
const PICTURE = /^(?:images?|image_url|image_base64|(mask))(?:\[\w*\])*$/;

/**
 * Reads an edit's form as it arrives: files go to the store, in the order given, and are never held in memory. Errors:
 * `INVALID_REQUEST`, `PAYLOAD_TOO_LARGE`; what was stored until then is the caller's to discard.
 */
export async function readEditForm(request: FastifyRequest, uploads: Uploads): Promise<Result<ReadEdit>> {
  const edit: ReadEdit = { fields: {}, sources: { inputs: [], mask: null } };
  const parts = request.parts({ limits: FORM_LIMITS });
  for (;;) {
    const next = await parts.next().catch((error: unknown) => new BrokenUpload('The form broke off', { cause: error }));
    if (next instanceof BrokenUpload) return fail(unreadable(next));
    if (next.done === true) return succeed(edit);
    try {
      const read = await readPart(next.value, edit, uploads);
      if (!read.ok) return read;
    } catch (error) {
      if (error instanceof BrokenUpload) return fail(unreadable(error));
      throw error;
    }
  }
}

const unreadable = ({ cause }: BrokenUpload): ApiError =>
  toApiError(cause) ??
  apiError('INVALID_REQUEST', 'The multipart form could not be read: it is malformed or breaks off');

async function readPart(part: Multipart, edit: ReadEdit, uploads: Uploads): Promise<Result<void>> {
  const named = partNameOf(part);
  if (!named.ok) return named;
  const name = named.value;
  const picture = PICTURE.exec(name);
  if (part.type === 'file') {
    if (picture === null) {
      part.file.resume();
      return fail(apiError('INVALID_REQUEST', `${name}: a file is not expected here`, { param: name }));
    }
    const taken = await uploads.take(fieldOf(name), part.file);
    if (!taken.ok) return taken;
    const field = fieldOf(name);
    if (typeof taken.value !== 'string') return place(edit, { field, kind: 'uploaded', file: taken.value });
    const source = readReference(field, taken.value);
    return source.ok ? place(edit, source.value) : source;
  }
  if (part.valueTruncated || part.fieldnameTruncated) {
    return fail(apiError('PAYLOAD_TOO_LARGE', `${name}: the form field is too large`, { param: name }));
  }
  const text = asText(typeof part.value === 'string' ? part.value : JSON.stringify(part.value ?? ''));
  if (picture !== null) {
    const source: Result<PictureSource> =
      text === '' ? fail(notAPicture(fieldOf(name))) : readReference(fieldOf(name), text);
    return source.ok ? place(edit, source.value) : source;
  }
  // Forms send fields that nobody filled in.
  if (text !== '' || name === 'prompt') addFormField(edit.fields, name, TEXTS.has(name) ? text : valueOf(name, text));
  return succeed(undefined);
}

/** All values of a form are text. What should be a number and is none stays text, which the body's schema then refuses. */
function valueOf(name: string, text: string): unknown {
  const number = Number(text);
  return NUMBERS.has(name) && text.trim() !== '' && Number.isFinite(number) ? number : scalarOf(text);
}

function place({ sources }: ReadEdit, source: PictureSource): Result<void> {
  if (!source.field.startsWith('mask')) sources.inputs.push(source);
  else if (sources.mask !== null) return fail(apiError('INVALID_REQUEST', 'mask: expected one', { param: 'mask' }));
  else sources.mask = source;
  return succeed(undefined);
}

/** As errors name it: the field itself, without the brackets that say "one of several". */
const fieldOf = (name: string): string => name.replace(/\[\]/g, '').slice(0, 200);
