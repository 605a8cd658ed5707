import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import type { FastifyRequest } from 'fastify';
import { addFormField, scalarOf } from '../admission/form-values.js';
import { requireJson } from '../admission/request-body.js';
import { readFormParts, type FormPart } from '../uploads/form-parts.js';
import type { UploadedFile } from '../uploads/image-source.js';
import type { Uploads } from '../uploads/uploads.js';

/** The body of a video request. A file of its form is named by a placeholder, which stands for its address. */
export interface ReadVideo {
  body: unknown;
  files: ReadonlyMap<string, UploadedFile>;
}

/** Fields that stay text; the body's schema converts them. */
const TEXT_FIELDS = new Set([
  'model',
  'prompt',
  'negative_prompt',
  'seconds',
  'duration',
  'size',
  'aspect_ratio',
  'resolution',
  'n',
  'user',
  'idempotency_key',
  'media_retention',
  'webhook_url',
]);

const REFERENCE = /^input_reference(?:\[\d*\])?(?:\[image_url\])?$/;

/**
 * Reads a video request from JSON or from a form, whose files are streamed to the media store. Errors:
 * `INVALID_REQUEST`, `PAYLOAD_TOO_LARGE`; the caller must discard the uploads then.
 */
export async function readVideo(request: FastifyRequest, uploads: Uploads): Promise<Result<ReadVideo>> {
  const files = new Map<string, UploadedFile>();
  if (!request.isMultipart()) return succeed({ body: requireJson(request), files });
  const entries: FormEntry[] = [];
  const take = async (part: FormPart): Promise<Result<void>> => {
    const { name } = part;
    if (part.kind === 'text') {
      entries.push({ name, value: part.text });
      return succeed(undefined);
    }
    if (!REFERENCE.test(name)) {
      return fail(apiError('INVALID_REQUEST', `${name}: a file is not expected here`, { param: name }));
    }
    const taken = await uploads.take('input_reference', part.file);
    if (!taken.ok) return taken;
    if (typeof taken.value === 'string') entries.push({ name, value: taken.value });
    else {
      // Not an address, so that a text field cannot be taken for a file.
      const placeholder = `upload:${files.size}`;
      files.set(placeholder, taken.value);
      entries.push({ name, value: placeholder });
    }
    return succeed(undefined);
  };
  const read = await readFormParts(request, take);
  if (!read.ok) return read;
  const body = foldForm(entries);
  // The record of a refused request takes its fields from here.
  request.body = body;
  return succeed({ body, files });
}

/** One text of a form, in the order of arrival. */
export interface FormEntry {
  name: string;
  value: string;
}

/**
 * Folds a form into the object that the same request has as JSON. SDKs write an object reference as
 * `input_reference[image_url]`, a list as `input_reference[]`, `input_reference[0]` or `input_reference[][image_url]`,
 * and metadata as `metadata[key]`. Unknown fields become numbers and booleans if they read as such in JSON. Empty
 * fields count as absent, except for the prompt.
 */
export function foldForm(entries: readonly FormEntry[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const references: { image_url: string }[] = [];
  const metadata: Record<string, string> = {};
  for (const { name, value } of entries) {
    if (value === '' && name !== 'prompt') continue;
    if (REFERENCE.test(name)) references.push({ image_url: value });
    else if (/^metadata\[[^[\]]+\]$/.test(name)) metadata[name.slice('metadata['.length, -1)] = value;
    else if (name === 'metadata') body['metadata'] = jsonOrText(value);
    else addFormField(body, name, TEXT_FIELDS.has(name) ? value : scalarOf(value));
  }
  if (references.length > 0) body['input_reference'] = references.length === 1 ? references[0] : references;
  if (Object.keys(metadata).length > 0) body['metadata'] = metadata;
  return body;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // The body's schema refuses it.
  }
}
