import type { Multipart } from '@fastify/multipart';
import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import { sniffContentType } from '@lumenfall/media';
import { toApiError } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import { partNameOf } from '../admission/form-values.js';
import { asText } from '../admission/json-body.js';
import { foldForm, type FormEntry } from './form-fields.js';

const MB = 1024 * 1024;

/** Of all the parts together: they are held in memory. */
const MAX_FORM_BYTES = 80 * MB;

/** Reads a multipart body into the object its fields stand for; files become data URIs. Errors: `INVALID_REQUEST`, `PAYLOAD_TOO_LARGE`. */
export async function readForm(request: FastifyRequest): Promise<Result<Record<string, unknown>>> {
  const entries: FormEntry[] = [];
  let size = 0;
  try {
    for await (const part of request.parts()) {
      const entry = await readPart(part);
      if (!entry.ok) return entry;
      size += entry.value.value.length;
      if (size > MAX_FORM_BYTES)
        return fail(apiError('PAYLOAD_TOO_LARGE', 'The form is too large: at most 50 MB per uploaded file'));
      entries.push(entry.value);
    }
  } catch (error) {
    // The form's own grammar: whatever its reader says, the bytes were the client's.
    return fail(
      toApiError(error) ??
        apiError('INVALID_REQUEST', 'The multipart form could not be read: it is malformed or breaks off'),
    );
  }
  return succeed(foldForm(entries));
}

async function readPart(part: Multipart): Promise<Result<FormEntry>> {
  const named = partNameOf(part);
  if (!named.ok) return named;
  const name = named.value;
  if (part.type === 'field') {
    if (part.valueTruncated || part.fieldnameTruncated) {
      return fail(apiError('PAYLOAD_TOO_LARGE', `${name}: the form field is too large`, { param: name }));
    }
    return succeed({
      name,
      value: asText(typeof part.value === 'string' ? part.value : JSON.stringify(part.value ?? '')),
      isFile: false,
    });
  }
  const bytes = await part.toBuffer();
  const address = addressIn(bytes);
  if (address !== null) return succeed({ name, value: address, isFile: false });
  const sniffed = await sniffContentType(bytes);
  if (sniffed === null || !sniffed.contentType.startsWith('image/')) {
    return fail(apiError('INVALID_REQUEST', `${name}: Invalid image file provided`, { param: name }));
  }
  return succeed({ name, value: `data:${sniffed.contentType};base64,${bytes.toString('base64')}`, isFile: true });
}

/** Some clients upload a "file" that holds the address of the picture. */
function addressIn(bytes: Buffer): string | null {
  if (bytes.length > 4096) return null;
  const text = bytes.toString('utf8').trim();
  return /^https?:\/\/\S+$/.test(text) ? text : null;
}
