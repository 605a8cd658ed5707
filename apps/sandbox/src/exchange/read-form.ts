import type { FastifyRequest } from 'fastify';
// Brings `request.parts()` into the types.
import '@fastify/multipart';

/** A body that came as JSON or as a form, in one shape. */
export interface SentForm {
  fields: Record<string, unknown>;
  files: { field: string; bytes: Uint8Array; contentType: string }[];
}

/** Reads a multipart form into memory, or takes a JSON object as the fields of one. */
export async function readForm(request: FastifyRequest): Promise<SentForm> {
  const form: SentForm = { fields: {}, files: [] };
  if (!request.isMultipart()) {
    if (typeof request.body === 'object' && request.body !== null) Object.assign(form.fields, request.body);
    return form;
  }
  for await (const part of request.parts()) {
    if (part.type === 'field') form.fields[part.fieldname] = part.value;
    else form.files.push({ field: part.fieldname, bytes: await part.toBuffer(), contentType: part.mimetype });
  }
  return form;
}
