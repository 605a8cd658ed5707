import type { Multipart, MultipartFile } from '@fastify/multipart';
import { apiError, fail, succeed, type ApiError, type Result } from '@lumenfall/contracts';
import { toApiError } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import { partNameOf } from '../admission/form-values.js';
import { asText } from '../admission/json-body.js';
import { BrokenUpload } from './uploads.js';

const MB = 1024 * 1024;

/** More files than any model accepts, so that too many of them are refused with the model's own limit. */
export const FORM_LIMITS = {
  fileSize: Infinity,
  files: 24,
  fields: 200,
  parts: 220,
  fieldSize: 20 * MB,
  fieldNameSize: 200,
  headerPairs: 100,
};

export type FormPart =
  | { kind: 'text'; name: string; text: string }
  /** Must be read to its end, or the form stalls. */
  | { kind: 'file'; name: string; file: AsyncIterable<Uint8Array> };

/**
 * Reads a multipart form part by part, in order. File inputs that were left empty are skipped. A part with an image
 * type is a file even if it has no file name. Errors: those of `take`, `INVALID_REQUEST`, `PAYLOAD_TOO_LARGE`.
 */
export async function readFormParts(
  request: FastifyRequest,
  take: (part: FormPart) => Promise<Result<void>>,
): Promise<Result<void>> {
  const parts = request.parts({ limits: FORM_LIMITS, isPartAFile });
  for (;;) {
    const next = await parts.next().catch((error: unknown) => new BrokenUpload('The form broke off', { cause: error }));
    if (next instanceof BrokenUpload) return fail(unreadable(next));
    if (next.done === true) return succeed(undefined);
    try {
      const part = await readPart(next.value);
      if (!part.ok) return part;
      const taken = part.value === null ? succeed(undefined) : await take(part.value);
      if (!taken.ok) {
        // What is left of a refused file is read, or the connection stalls before the answer is sent.
        if (next.value.type === 'file') next.value.file.resume();
        return taken;
      }
    } catch (error) {
      if (error instanceof BrokenUpload) return fail(unreadable(error));
      throw error;
    }
  }
}

function isPartAFile(
  _name: string | undefined,
  contentType: string | undefined,
  fileName: string | undefined,
): boolean {
  return fileName !== undefined || /^(?:image\/|application\/octet-stream$)/.test(contentType ?? '');
}

/** Null: a file input that was left empty. */
async function readPart(part: Multipart): Promise<Result<FormPart | null>> {
  const named = partNameOf(part);
  if (!named.ok) return named;
  const name = named.value;
  if (part.type === 'file') {
    const file = part.filename ? part.file : await unlessEmpty(part);
    return succeed(file && { kind: 'file', name, file });
  }
  if (part.valueTruncated || part.fieldnameTruncated) {
    return fail(apiError('PAYLOAD_TOO_LARGE', `${name}: the form field is too large`, { param: name }));
  }
  const text = asText(typeof part.value === 'string' ? part.value : JSON.stringify(part.value ?? ''));
  return succeed({ kind: 'text', name, text });
}

/** Browsers send an empty file without a name for a file input without a selection. */
async function unlessEmpty({ file }: MultipartFile): Promise<AsyncIterable<Uint8Array> | null> {
  const pieces = (file as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const first = await pieces.next().catch((cause: unknown) => {
    throw new BrokenUpload('The upload broke off', { cause });
  });
  if (first.done === true) return null;
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value;
    } finally {
      await pieces.return?.();
    }
  }
  return whole();
}

const unreadable = ({ cause }: BrokenUpload): ApiError =>
  toApiError(cause) ??
  apiError('INVALID_REQUEST', 'The multipart form could not be read: it is malformed or breaks off');
