import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import type { FastifyRequest } from 'fastify';
import { addFormField, scalarOf } from '../admission/form-values.js';
import { readFormParts, type FormPart } from '../uploads/form-parts.js';
import { notAnImage } from '../uploads/image-problems.js';
import { readReference, type ImageSource } from '../uploads/image-source.js';
import type { Uploads } from '../uploads/uploads.js';
import type { ReadEdit } from './edit-json.js';

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

/** `image`, `image[]`, `image[0]`, `images[][image_url]` and so on. The group matches for the mask. */
const IMAGE = /^(?:images?|image_url|image_base64|(mask))(?:\[\w*\])*$/;

/**
 * Reads the form of an edit while it arrives. Files are streamed to the media store in the order given. Errors:
 * `INVALID_REQUEST`, `PAYLOAD_TOO_LARGE`; the caller must discard the uploads then.
 */
export async function readEditForm(request: FastifyRequest, uploads: Uploads): Promise<Result<ReadEdit>> {
  const edit: ReadEdit = { fields: {}, sources: { inputs: [], mask: null } };
  const read = await readFormParts(request, (part) => readPart(part, edit, uploads));
  return read.ok ? succeed(edit) : read;
}

async function readPart(part: FormPart, edit: ReadEdit, uploads: Uploads): Promise<Result<void>> {
  const { name } = part;
  const field = fieldOf(name);
  const isImage = IMAGE.test(name);
  if (part.kind === 'file') {
    if (!isImage) return fail(apiError('INVALID_REQUEST', `${name}: a file is not expected here`, { param: name }));
    const taken = await uploads.take(field, part.file);
    if (!taken.ok) return taken;
    if (typeof taken.value !== 'string') return place(edit, { field, kind: 'uploaded', file: taken.value });
    const source = readReference(field, taken.value);
    return source.ok ? place(edit, source.value) : source;
  }
  const { text } = part;
  if (isImage) {
    const source: Result<ImageSource> = text === '' ? fail(notAnImage(field)) : readReference(field, text);
    return source.ok ? place(edit, source.value) : source;
  }
  // Fields that were left empty count as absent. A prompt does not: its error is more helpful.
  if (text !== '' || name === 'prompt') addFormField(edit.fields, name, TEXTS.has(name) ? text : valueOf(name, text));
  return succeed(undefined);
}

/** A number that cannot be parsed stays text, which the body's schema refuses. */
function valueOf(name: string, text: string): unknown {
  const number = Number(text);
  return NUMBERS.has(name) && text.trim() !== '' && Number.isFinite(number) ? number : scalarOf(text);
}

function place({ sources }: ReadEdit, source: ImageSource): Result<void> {
  if (!source.field.startsWith('mask')) sources.inputs.push(source);
  else if (sources.mask !== null)
    return fail(apiError('INVALID_REQUEST', 'mask: expected one image', { param: 'mask' }));
  else sources.mask = source;
  return succeed(undefined);
}

/** As errors name it: without the brackets that mark a list. */
const fieldOf = (name: string): string => name.replace(/\[\]/g, '').slice(0, 200);
